"""Changes to one's own account. What opens it is only changed by whoever knows the password."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from supportbot.admin_api.access import sessions, throttle
from supportbot.admin_api.access.audit import Actor, note
from supportbot.admin_api.access.passwords import check_strength, fits, hash_password
from supportbot.admin_api.access.sealing import Seal
from supportbot.admin_api.operators.repository import Credentials, credentials, update_operator
from supportbot.admin_api.operators.service import NoOperatorError
from supportbot.admin_api.sign_in.codes import step_of
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.i18n import LANGUAGES


class WrongPasswordError(SupportbotError):
    """The present password is another one."""


class WrongCodeError(SupportbotError):
    """The app shows another code; its clock or the key in it is wrong."""


@dataclass(frozen=True, slots=True)
class Myself:
    """Who changes their account, and in which session."""

    operator_id: UUID
    session_id: UUID
    actor: Actor


@dataclass(frozen=True, slots=True)
class ProfileService:
    """What an operator may do about themselves, whatever their role."""

    database: Database
    seal: Seal

    async def set_language(self, myself: Myself, language: str) -> None:
        """Write pages in this language from now on; empty: as the browser prefers."""
        values = {"language": language if language in LANGUAGES else ""}
        await self._change(myself, values, "profile_language")

    async def change_password(self, myself: Myself, present: str, new: str) -> None:
        """End every other session too. Raises WrongPasswordError, WeakPasswordError, TooManyAttemptsError."""
        known = await self._proved(myself, present)
        check_strength(new, known.login)
        values = {"password_hash": await hash_password(new)}

        async def work(tx: Transaction) -> None:
            await self._update(tx, myself, values, "profile_password")
            await sessions.end_all(tx, myself.operator_id, but=myself.session_id)

        await self.database.write(work)

    async def prove(self, myself: Myself, password: str) -> None:
        """Make sure that it is them. Raises WrongPasswordError, TooManyAttemptsError."""
        await self._proved(myself, password)

    async def turn_codes_on(self, myself: Myself, password: str, secret: str, code: str) -> None:
        """Ask for a code at every sign-in. Raises WrongPasswordError, WrongCodeError, TooManyAttemptsError."""
        await self._proved(myself, password)
        step = step_of(secret, code)
        if step is None:
            raise WrongCodeError("The code does not fit")
        sealed = self.seal.sealed(secret, myself.operator_id)
        await self._change(myself, {"totp_secret": sealed, "totp_step": step}, "profile_codes_on")

    async def turn_codes_off(self, myself: Myself, password: str) -> None:
        """Let the password be enough. Raises WrongPasswordError, TooManyAttemptsError."""
        await self._proved(myself, password)
        await self._change(myself, {"totp_secret": None}, "profile_codes_off")

    async def end_other_sessions(self, myself: Myself) -> None:
        """Sign out everywhere else."""

        async def work(tx: Transaction) -> None:
            ended = await sessions.end_all(tx, myself.operator_id, but=myself.session_id)
            await note(tx, myself.actor, "profile_sessions_ended", myself.operator_id, {"sessions_ended": ended})

        await self.database.write(work)

    async def _proved(self, myself: Myself, password: str) -> Credentials:
        known = await self.database.read(lambda connection: credentials(connection, operator_id=myself.operator_id))
        if known is None:
            raise NoOperatorError("The account is not there any more")
        tried = throttle.attempt(known.login, myself.actor.address)
        await self.database.write(lambda tx: throttle.count(tx, tried))
        if not await fits(password, known.password_hash):
            raise WrongPasswordError("The present password is another one")
        await self.database.write(lambda tx: throttle.forget(tx, tried))
        return known

    async def _change(self, myself: Myself, values: dict[str, Any], action: str) -> None:
        await self.database.write(lambda tx: self._update(tx, myself, values, action))

    @staticmethod
    async def _update(tx: Transaction, myself: Myself, values: dict[str, Any], action: str) -> None:
        await update_operator(tx, myself.operator_id, values)
        await note(tx, myself.actor, action, myself.operator_id)
