"""Who may use the REST API: whoever brings a key or an access token, for what it is good for."""

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from supportbot.admin_api.access.pace import Pace
from supportbot.admin_api.access.recognising import Caller, Recogniser, address_of
from supportbot.admin_api.access.roles import Area, Level, allows
from supportbot.admin_api.guard import level_of
from supportbot.admin_api.problems import Problem
from supportbot.common.database.api_keys import USED_EVERY_S, note_used
from supportbot.common.database.transactions import Database, DatabaseUnavailableError

_CHALLENGE: Final = 'Bearer realm="supportbot"'
_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="A key that `supportbot keys create` made, or the access token of an operator's sign-in",
)
_Given = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


class KeyGuard:
    """Looks everybody up at every request, so that what was revoked is worth nothing at once."""

    def __init__(self, database: Database, recogniser: Recogniser, pace: Pace | None = None) -> None:
        self._database = database
        self._recogniser = recogniser
        self._pace = pace or Pace()
        self._noted: dict[UUID, float] = {}

    def demand(self, area: Area | None = None, level: Level | None = None) -> "KeyDemand":
        """A dependency that lets in whoever is allowed this; without an area, everybody we know.

        Without a level, a request that changes something needs more than one that only looks.
        """
        return KeyDemand(self, area, level)

    async def recognise(self, request: Request, given: HTTPAuthorizationCredentials | None) -> Caller:
        """Raises Problem where it is nobody, and does not say in which way it is none."""
        if given is None:
            raise Problem(401, "no_key", headers={"WWW-Authenticate": _CHALLENGE})
        caller = await self._recogniser.by_bearer(given.credentials, address_of(request))
        if caller is None:
            raise Problem(401, "wrong_key", headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'})
        return caller

    def count(self, request: Request, caller: Caller) -> None:
        """Every answer says what is left. Raises Problem where it is too much."""
        allowance = self._pace.take(caller.id)
        request.state.limits = allowance.headers
        if allowance.left < 0:
            raise Problem(429, "too_many_requests", headers={"Retry-After": str(allowance.reset_s)})

    async def note_used(self, caller: Caller) -> None:
        """Not worth a refusal where it cannot be stored."""
        key = caller.key
        if key is None:
            return
        moment = time.monotonic()
        if moment - self._noted.get(key.id, -USED_EVERY_S) < USED_EVERY_S:
            return
        self._noted[key.id] = moment
        with suppress(DatabaseUnavailableError):
            await self._database.write(lambda tx: note_used(tx, key.id), lane="relaxed")


@dataclass(frozen=True, eq=False)
class KeyDemand:
    """What a route asks of whoever calls it."""

    guard: KeyGuard
    area: Area | None
    level: Level | None

    async def __call__(self, request: Request, given: _Given) -> Caller:
        """Raises Problem."""
        caller = await self.guard.recognise(request, given)
        self.guard.count(request, caller)
        if self.area is not None and not allows(caller.grants, self.area, self.level or level_of(request)):
            raise self._refusal(caller, self.area)
        await self.guard.note_used(caller)
        request.state.caller = caller
        return caller

    @staticmethod
    def _refusal(caller: Caller, area: Area) -> Problem:
        challenge = f'{_CHALLENGE}, error="insufficient_scope", scope="{area}"'
        return Problem(403, "scope" if caller.key else "role", headers={"WWW-Authenticate": challenge}, scope=area)
