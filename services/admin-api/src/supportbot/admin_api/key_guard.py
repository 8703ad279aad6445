"""Who may use the REST API: whoever brings a key that is valid, for what the key is good for."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from supportbot.admin_api.problems import Problem
from supportbot.common.database.api_keys import USED_EVERY_S, ApiKey, Scope, find_key, note_used
from supportbot.common.database.transactions import Database, DatabaseUnavailableError

_CHALLENGE = 'Bearer realm="supportbot"'
_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="A key that `supportbot keys create` made")
_Given = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


class KeyGuard:
    """Looks every key up at every request, so that a revoked one is worth nothing at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[UUID, float] = {}

    def demand(self, scope: Scope | None = None) -> Callable[..., Awaitable[ApiKey]]:
        """A dependency that lets in keys that are good for `scope`; without one, every valid key."""

        async def check(request: Request, given: _Given) -> ApiKey:
            key = await self._recognise(given)
            if scope is not None and scope not in key.scopes:
                challenge = f'{_CHALLENGE}, error="insufficient_scope", scope="{scope}"'
                raise Problem(403, "scope", headers={"WWW-Authenticate": challenge}, scope=scope)
            await self._note_used(key)
            request.state.api_key = key
            return key

        return check

    async def _recognise(self, given: HTTPAuthorizationCredentials | None) -> ApiKey:
        """Raises Problem where it is no key, and does not say in which way it is none."""
        if given is None:
            raise Problem(401, "no_key", headers={"WWW-Authenticate": _CHALLENGE})
        secret = given.credentials
        key = await self._database.read(lambda connection: find_key(connection, secret))
        if key is None:
            raise Problem(401, "wrong_key", headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'})
        return key

    async def _note_used(self, key: ApiKey) -> None:
        """Not worth a refusal where it cannot be stored."""
        moment = time.monotonic()
        if moment - self._noted.get(key.id, -USED_EVERY_S) < USED_EVERY_S:
            return
        self._noted[key.id] = moment
        with suppress(DatabaseUnavailableError):
            await self._database.write(lambda tx: note_used(tx, key.id), lane="relaxed")
