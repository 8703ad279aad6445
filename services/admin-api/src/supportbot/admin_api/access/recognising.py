"""Recognising who asks: by an API key, by a session's token, or as a browser on this very machine before set-up."""

from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from starlette.requests import Request

from supportbot.admin_api.access import sessions
from supportbot.admin_api.access.accounts import any_operator
from supportbot.admin_api.access.audit import Actor
from supportbot.admin_api.access.roles import BEFORE_SET_UP, GRANTS, Area, Grants, Role
from supportbot.admin_api.access.tokens import Tokens
from supportbot.common.database.api_keys import PREFIX, ApiKey, find_key
from supportbot.common.database.transactions import Database
from supportbot.common.web.origin import is_local_viewer

SESSION_COOKIE = "supportbot_session"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks, and what they may do."""

    id: UUID | None
    """Of an operator or a key; None on this machine before set-up."""
    name: str
    grants: Grants = field(repr=False)
    role: Role | None = None
    session_id: UUID | None = None
    address: str = ""
    key: ApiKey | None = None

    @property
    def actor(self) -> Actor:
        """As the audit log has them."""
        return Actor(self.id, self.name or "local", self.address)


def caller_of(request: Request) -> Caller:
    """Whoever asks, as the route's guard recognised them."""
    caller: Caller = request.state.caller
    return caller


@dataclass(slots=True)
class Recogniser:
    """Looks everybody up at every request, so that a revoked key, session or role is worth nothing at once."""

    database: Database
    tokens: Tokens
    _is_set_up: bool = False

    async def by_bearer(self, secret: str, address: str = "") -> Caller | None:
        """The owner of a key or of an access token."""
        if not secret.startswith(PREFIX):
            return await self._by_token(secret, address)
        key = await self.database.read(lambda connection: find_key(connection, secret))
        if key is None:
            return None
        grants: dict[Area, str] = dict.fromkeys(key.scopes, "write")
        return Caller(key.id, key.name, cast("Grants", grants), address=address, key=key)

    async def by_cookie(self, request: Request) -> Caller | None:
        """Whose browser it is; on this very machine everybody's, until somebody has been added."""
        token = request.cookies.get(SESSION_COOKIE)
        caller = await self._by_token(token, address_of(request)) if token else None
        if caller is not None or not is_local_viewer(request) or await self.is_set_up():
            return caller
        return Caller(None, "", BEFORE_SET_UP, address=address_of(request))

    async def still_holds(self, caller: Caller) -> bool:
        """Whether somebody who was let in would be let in again."""
        if caller.session_id is None or caller.id is None:
            return not await self.is_set_up()
        session_id, operator_id = caller.session_id, caller.id
        found = await self.database.read(lambda connection: sessions.find(connection, session_id, operator_id))
        return found is not None and GRANTS[cast("Role", found.role)] == caller.grants

    async def is_set_up(self) -> bool:
        """Whether there is anybody who could sign in. Operators are never deleted, so once is for good."""
        self._is_set_up = self._is_set_up or await self.database.read(any_operator)
        return self._is_set_up

    def forgery_token(self, caller: Caller) -> str:
        """What this caller's pages send with every change; empty where there is no cookie that could be abused."""
        return "" if caller.session_id is None else self.tokens.against_forgery(caller.session_id)

    async def _by_token(self, token: str, address: str) -> Caller | None:
        claims = self.tokens.read(token)
        if claims is None:
            return None
        found = await self.database.read(
            lambda connection: sessions.find(connection, claims.subject_id, claims.operator_id)
        )
        if found is None:
            return None
        role = cast("Role", found.role)
        return Caller(found.operator_id, found.name, GRANTS[role], role, found.session_id, address)


def address_of(request: Request) -> str:
    """The peer's address, as the connection has it."""
    return request.client.host if request.client is not None else ""
