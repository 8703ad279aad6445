"""A database that a test can take away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.transactions import (
    AfterCommit,
    Database,
    DatabaseUnavailableError,
    Lane,
    Transaction,
)

T = TypeVar("T")


class SwitchableDatabase(Database):
    """A database that can be taken away."""

    dialect = "sqlite"

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.away = False
        self._refusals = 0

    def after_commit(self, publish: AfterCommit) -> None:
        self._inner.after_commit(publish)

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, lane: Lane = "work") -> T:
        self._check()
        return await self._inner.write(work, lane=lane)

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        self._check()
        return await self._inner.read(work)

    def refusal(self) -> str | None:
        return self._inner.refusal()

    def pool_status(self) -> dict[str, int]:
        return self._inner.pool_status()

    async def close(self) -> None:
        await self._inner.close()

    async def refused(self, count: int) -> None:
        """Return when so many more calls were refused."""
        until = self._refusals + count
        while self._refusals < until:  # noqa: ASYNC110  # a count rings no bell
            await asyncio.sleep(0.005)

    def _check(self) -> None:
        if self.away:
            self._refusals += 1
            raise DatabaseUnavailableError("The database is away for a test")
