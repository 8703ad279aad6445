"""Signing in with a password and, where it is set up, a code; renewing a session; signing out."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from supportbot.admin_api.access import passwords, sessions, throttle
from supportbot.admin_api.access.audit import Actor, note
from supportbot.admin_api.access.sealing import Seal
from supportbot.admin_api.access.tokens import Tokens
from supportbot.admin_api.operators.repository import Credentials, credentials, take_code
from supportbot.admin_api.sign_in.codes import step_of
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import uuid7
from supportbot.common.telemetry.logging import logger

_log = logger(__name__)


class NotSignedInError(SupportbotError):
    """Login and password, or the code, do not fit; which of them is not said."""


class CodeNeededError(SupportbotError):
    """The password is right; the account needs a code as well. `pending` lets its owner send just that."""

    def __init__(self, pending: str) -> None:
        super().__init__("A code from the authenticator app is needed")
        self.pending = pending


class SessionEndedError(SupportbotError):
    """The session is over: sign in anew."""


@dataclass(frozen=True, slots=True)
class Browser:
    """From where somebody signs in."""

    address: str
    program: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in gives. `refresh` is None for the second of two that renewed at once."""

    access: str
    refresh: str | None
    lifetime_s: int
    language: str = ""


@dataclass(frozen=True, slots=True)
class SignInService:
    """Every way into a session, and out of it."""

    database: Database
    tokens: Tokens

    async def sign_in(self, login: str, password: str, code: str, browser: Browser) -> Grant:
        """Raises TooManyAttemptsError, NotSignedInError, CodeNeededError."""
        tried = throttle.attempt(login, browser.address)
        await self.database.write(lambda tx: throttle.count(tx, tried))
        found = await self.database.read(lambda connection: credentials(connection, login=login))
        right = await passwords.fits(password, found.password_hash if found and not found.is_disabled else None)
        if found is None or not right:
            await self._refuse(found, browser, "password")
        assert found is not None
        if found.totp_secret and not code:
            raise CodeNeededError(self.tokens.awaiting_code(found.id, uuid7()))
        return await self._let_in(found, code, browser, tried)

    async def finish(self, pending: str, code: str, browser: Browser) -> Grant:
        """The second step, with what CodeNeededError gave. Raises TooManyAttemptsError, NotSignedInError."""
        vouched = self.tokens.read(pending, "vouched_code")
        claims = vouched or self.tokens.read(pending, "code")
        if claims is None:
            raise NotSignedInError("The sign-in took too long")
        found = await self.database.read(lambda connection: credentials(connection, operator_id=claims.operator_id))
        if found is None or found.is_disabled:
            raise NotSignedInError("The account is not there any more")
        tried = throttle.attempt(found.login, browser.address)
        await self.database.write(lambda tx: throttle.count(tx, tried))
        return await self._let_in(found, code, browser, tried, id_token=None if vouched is None else "")

    async def renew(self, refresh: str) -> Grant:
        """Another access token, and the next refresh token. Raises SessionEndedError."""
        outcome = await self.database.write(lambda tx: self._renewed(tx, refresh))
        if isinstance(outcome, sessions.Renewed):
            access = self.tokens.session(outcome.operator_id, outcome.session_id)
            return Grant(access, outcome.refresh, self.tokens.lifetime_s)
        if outcome is not None:
            _log.warning(
                "A refresh token came a second time, so it was copied; its session was ended",
                operator=str(outcome.operator_id),
                session=str(outcome.session_id),
            )
        raise SessionEndedError("The session is over")

    async def sign_out(self, session_id: UUID, actor: Actor) -> str | None:
        """End the session. Returns what `sessions.vouched_by` says of it."""
        assert actor.id is not None
        operator_id = actor.id

        async def work(tx: Transaction) -> str | None:
            vouched_by = await sessions.vouched_by(tx.connection, session_id)
            if not await sessions.end(tx, session_id, operator_id):
                return None
            await note(tx, actor, "signed_out", session_id)
            return vouched_by

        return await self.database.write(work)

    async def start_session(self, operator_id: UUID, name: str, browser: Browser) -> Grant:
        """Sign in somebody who has proved who they are."""
        return await self.database.write(lambda tx: self._begin(tx, Actor(operator_id, name, browser.address), browser))

    async def vouched_for(self, found: Credentials, browser: Browser, provider: str, id_token: str) -> Grant:
        """Sign in somebody whom a provider vouches for; it does not know of our codes. Raises CodeNeededError."""
        if found.totp_secret:
            raise CodeNeededError(self.tokens.awaiting_code(found.id, uuid7(), is_vouched_for=True))
        actor, told = Actor(found.id, found.name, browser.address), {"provider": provider}
        grant = await self.database.write(lambda tx: self._begin(tx, actor, browser, told, id_token=id_token))
        return Grant(grant.access, grant.refresh, grant.lifetime_s, found.language)

    async def _let_in(
        self, found: Credentials, code: str, browser: Browser, tried: throttle.Attempt, *, id_token: str | None = None
    ) -> Grant:
        secret = Seal(self.tokens.key).opened(found.totp_secret, found.id) if found.totp_secret else None
        step = step_of(secret, code) if secret else None
        if found.totp_secret and step is None:
            await self._refuse(found, browser, "code")

        async def work(tx: Transaction) -> Grant | None:
            if step is not None and not await take_code(tx, found.id, step):
                return None
            await throttle.forget(tx, tried)
            actor = Actor(found.id, found.name, browser.address)
            return await self._begin(tx, actor, browser, id_token=id_token)

        grant = await self.database.write(work)
        if grant is None:
            await self._refuse(found, browser, "code used before")
        assert grant is not None
        return Grant(grant.access, grant.refresh, grant.lifetime_s, found.language)

    async def _begin(
        self,
        tx: Transaction,
        actor: Actor,
        browser: Browser,
        details: Mapping[str, str] | None = None,
        *,
        id_token: str | None = None,
    ) -> Grant:
        assert actor.id is not None
        session_id, refresh = await sessions.begin(
            tx, actor.id, address=browser.address, program=browser.program, id_token=id_token
        )
        await note(tx, actor, "signed_in", session_id, details)
        return Grant(self.tokens.session(actor.id, session_id), refresh, self.tokens.lifetime_s)

    async def _renewed(self, tx: Transaction, refresh: str) -> sessions.Renewed | sessions.Reused | None:
        outcome = await sessions.renew(tx, refresh)
        if isinstance(outcome, sessions.Reused):
            await note(tx, Actor(outcome.operator_id, "?"), "refresh_token_reused", outcome.session_id)
        return outcome

    async def _refuse(self, found: Credentials | None, browser: Browser, what: str) -> None:
        """What was typed into an account that there is not may be anything, so it is not written down."""
        if found is not None:
            actor = Actor(found.id, found.name, browser.address)
            await self.database.write(lambda tx: note(tx, actor, "sign_in_refused", found.id, {"wrong": what}))
        raise NotSignedInError("They do not fit")
