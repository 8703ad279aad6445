"""Signing in with a provider: which operator somebody is that it vouches for, and who becomes one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from supportbot.admin_api.access import throttle
from supportbot.admin_api.access.audit import Actor, note
from supportbot.admin_api.access.roles import Role
from supportbot.admin_api.oidc.flow import Flow, FlowSeal, new_flow
from supportbot.admin_api.oidc.provider import NotVouchedForError, Provider
from supportbot.admin_api.oidc.reading import Person
from supportbot.admin_api.oidc.repository import bind, is_somebody, operator_of
from supportbot.admin_api.operators.repository import Credentials, by_login, credentials
from supportbot.admin_api.operators.service import (
    LOGIN_LONGEST,
    NAME_LONGEST,
    FirstIsAdminError,
    UnfitNameError,
    add_operator,
    shown,
)
from supportbot.admin_api.sign_in.service import Browser, Grant, SignInService
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import uuid7

NO_PASSWORD: Final = ""
"""In place of a hash: no password fits, until an administrator gives one."""
_TRIES: Final = 2


class NotLetInError(SupportbotError):
    """The provider vouches for somebody who is not let in; `why` is a text of the catalogue, `oidc.<why>`."""

    def __init__(self, why: str, operator: Credentials | None = None) -> None:
        super().__init__(f"Not let in: {why}")
        self.why = why
        self.operator = operator


class AnotherSignInError(SupportbotError):
    """The answer belongs to no sign-in of this browser, or to one that took too long."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is let in, and as what."""

    domains: tuple[str, ...] = ()
    """Of e-mail addresses; none: all."""
    takes_new: bool = False
    default_role: Role | None = "operator"
    roles: Mapping[str, Role] = field(default_factory=dict)
    """By group; the first that fits counts."""

    def role_of(self, person: Person) -> Role | None:
        """Of somebody new."""
        return next((role for group, role in self.roles.items() if group in person.groups), self.default_role)

    def lets_in(self, person: Person) -> bool:
        """Whether the address is of a domain that is let in."""
        of = person.email.rpartition("@")[2]
        return not self.domains or of in {domain.lower() for domain in self.domains}


@dataclass(frozen=True, slots=True)
class OidcService:
    """Begins a sign-in at the provider, and finishes it with a session as any other."""

    database: Database
    provider: Provider
    admission: Admission
    sign_in: SignInService
    seal: FlowSeal

    async def begin(self, after: str, *, links: UUID | None = None) -> tuple[str, str]:
        """Where to send the browser, and what it has to keep. Raises ProviderUnavailableError.

        `links`: no sign-in; this operator, who has proved who they are, is to be whoever comes back.
        """
        flow = new_flow(after, "" if links is None else str(links))
        return await self.provider.address(flow), self.seal.sealed(flow)

    def flow_of(self, kept: str, state: str) -> Flow:
        """Raises AnotherSignInError."""
        flow = self.seal.opened(kept)
        if flow is None or not state or flow.state != state:
            raise AnotherSignInError("The answer belongs to no sign-in of this browser")
        return flow

    async def finish(self, code: str, flow: Flow, browser: Browser) -> Grant:
        """A session for whomever the code stands for; a code from an app is asked for where it is set up.

        Raises:
            TooManyAttemptsError, ProviderUnavailableError, NotVouchedForError, NotLetInError, CodeNeededError
        """
        tried = throttle.attempt(f"oidc {flow.state}", browser.address)
        await self.database.write(lambda tx: throttle.count(tx, tried))
        try:
            person = await self.provider.person(code, flow)
            operator = await self._operator(person, browser)
        except (NotVouchedForError, NotLetInError) as error:
            await self._note_refusal(error, browser)
            raise
        await self.database.write(lambda tx: throttle.forget(tx, tried))
        return await self.sign_in.vouched_for(operator, browser, self.provider.issuer, person.id_token)

    async def link(self, code: str, flow: Flow, browser: Browser) -> None:
        """Let the operator who began this sign in as whoever the code stands for, whatever their login is.

        Raises:
            ProviderUnavailableError, NotVouchedForError, NotLetInError
        """
        try:
            person = await self.provider.person(code, flow)
            await self.database.write(lambda tx: self._link(tx, person, UUID(flow.links), browser))
        except IntegrityError as error:  # in two windows at once
            raise NotLetInError("linked_elsewhere") from error
        except (NotVouchedForError, NotLetInError) as error:
            await self._note_refusal(error, browser)
            raise

    async def _link(self, tx: Transaction, person: Person, operator_id: UUID, browser: Browser) -> None:
        found = await credentials(tx.connection, operator_id=operator_id)
        if found is None or found.is_disabled:
            raise NotLetInError("disabled", found)
        if not self.admission.lets_in(person):
            raise NotLetInError("domain" if person.email else "unverified", found)
        known = await operator_of(tx.connection, person)
        if known is not None and known != operator_id:
            raise NotLetInError("linked_elsewhere", found)
        if known is None and await is_somebody(tx.connection, person.issuer, operator_id):
            raise NotLetInError("linked_to_another", found)
        if known is None:
            await bind(tx, person, operator_id)
            actor = Actor(operator_id, found.name, browser.address)
            await note(tx, actor, "operator_bound", operator_id, {"provider": person.issuer})

    async def _operator(self, person: Person, browser: Browser) -> Credentials:
        """Whoever comes for the first time in two tabs at once is one operator: the second try finds them."""
        for tries in range(1, _TRIES + 1):
            try:
                return await self.database.write(lambda tx: self._found(tx, person, browser))
            except IntegrityError:
                if tries == _TRIES:
                    raise
        raise AssertionError

    async def _found(self, tx: Transaction, person: Person, browser: Browser) -> Credentials:
        if not self.admission.lets_in(person):
            raise NotLetInError("unverified" if not person.email else "domain")
        operator_id = await operator_of(tx.connection, person) or await self._first_time(tx, person, browser)
        found = await credentials(tx.connection, operator_id=operator_id)
        assert found is not None
        if found.is_disabled:
            raise NotLetInError("disabled", found)
        return found

    async def _first_time(self, tx: Transaction, person: Person, browser: Browser) -> UUID:
        if not person.email:
            raise NotLetInError("unverified")
        known = await by_login(tx.connection, person.email)
        if known is not None and await is_somebody(tx.connection, person.issuer, known.id):
            raise NotLetInError("another_account")
        operator_id = known.id if known is not None else await self._add(tx, person, browser)
        await bind(tx, person, operator_id)
        actor = Actor(operator_id, known.name if known else person.name or person.email, browser.address)
        await note(tx, actor, "operator_bound", operator_id, {"provider": person.issuer})
        return operator_id

    async def _add(self, tx: Transaction, person: Person, browser: Browser) -> UUID:
        role = self.admission.role_of(person)
        if not self.admission.takes_new or role is None:
            raise NotLetInError("unknown")
        actor = Actor(None, person.issuer, browser.address)
        try:
            return await add_operator(tx, actor, _row(person, role))
        except (FirstIsAdminError, UnfitNameError):
            raise NotLetInError("unknown") from None

    async def _note_refusal(self, error: SupportbotError, browser: Browser) -> None:
        operator = error.operator if isinstance(error, NotLetInError) else None
        why = error.why if isinstance(error, NotLetInError) else "not vouched for"
        actor = Actor(operator.id if operator else None, operator.name if operator else "?", browser.address)
        details = {"wrong": why, "provider": self.provider.issuer}
        subject = operator.id if operator else self.provider.issuer
        await self.database.write(lambda tx: note(tx, actor, "oidc_refused", subject, details))


def _row(person: Person, role: Role) -> dict[str, Any]:
    """Raises UnfitNameError."""
    login = shown(person.email, LOGIN_LONGEST)
    try:
        name = shown(person.name, NAME_LONGEST)
    except UnfitNameError:
        name = shown(person.email.partition("@")[0], NAME_LONGEST)
    values = {"login": login, "name": name, "role": role, "language": "", "password_hash": NO_PASSWORD}
    return {"id": uuid7(), **values}
