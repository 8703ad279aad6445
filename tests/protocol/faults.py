"""A database whose callers die: before a statement, before the commit, or before they learn of it."""

import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, Protocol, TypeVar

from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.transactions import AfterCommit, Database, Lane, Transaction

T = TypeVar("T")


class CrashError(Exception):
    """The process died here. What it had committed stays, what it knew is gone."""


class Injector(Protocol):
    """Decides where callers die."""

    def reached(self, point: str) -> None:
        """Raise CrashError, or let the caller live on."""
        ...

    def calm(self) -> None:
        """Nobody dies any more."""
        ...


class RandomCrashes:
    """Dies anywhere with the same probability; `calm` ends it."""

    def __init__(self, rng: random.Random, rate: float) -> None:
        self._rng = rng
        self.rate = rate
        self.crashes = 0

    def reached(self, point: str) -> None:
        if self._rng.random() < self.rate:
            self.crashes += 1
            raise CrashError(point)

    def calm(self) -> None:
        self.rate = 0.0


class CrashAt:
    """Dies once, at the `number`-th point that is reached, counted from 0."""

    def __init__(self, number: int) -> None:
        self._left = number
        self.happened = ""

    def reached(self, point: str) -> None:
        self._left -= 1
        if self._left == -1:
            self.happened = point
            raise CrashError(point)

    def calm(self) -> None:
        self._left = -1


class _WatchedTransaction(Transaction):
    def __init__(self, inner: Transaction, injector: Injector) -> None:
        super().__init__(inner.connection)
        self.events = inner.events
        self._injector = injector

    async def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        self._injector.reached(f"before {type(statement).__name__} of {getattr(statement, 'table', '')}")
        return await super().execute(statement, parameters)


class FaultyDatabase(Database):
    """A real database whose callers die as an injector says."""

    def __init__(self, inner: Database, injector: Injector) -> None:
        self._inner = inner
        self._injector = injector

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]:
        return self._inner.dialect

    def after_commit(self, publish: AfterCommit) -> None:
        self._inner.after_commit(publish)

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, lane: Lane = "work") -> T:
        async def watched(tx: Transaction) -> T:
            result = await work(_WatchedTransaction(tx, self._injector))
            self._injector.reached("before the commit")
            return result

        result = await self._inner.write(watched, lane=lane)
        self._injector.reached("before the commit's answer")
        return result

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        self._injector.reached("before a read")
        return await self._inner.read(work)

    def refusal(self) -> str | None:
        return self._inner.refusal()

    def pool_status(self) -> dict[str, int]:
        return self._inner.pool_status()

    async def close(self) -> None:
        await self._inner.close()
