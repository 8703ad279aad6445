"""Units of work of processes that may die at any statement, while whoever watches knows what was stored."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from supportbot.common.database.transactions import Database, Transaction
from tests.protocol.faults import CrashAt, CrashError, FaultyDatabase
from tests.protocol.moments import let_time_pass

T = TypeVar("T")
NEVER = 10**6


@dataclass
class Life:
    """Whether the process that did something is still alive."""

    died: bool = False


class Stage:
    """A database, its clock, and a crash that waits for somebody."""

    def __init__(self, runner: asyncio.Runner, database: Database) -> None:
        self.database = database
        self.passed = 0.0
        """Seconds by the clocks of processes."""
        self._runner = runner
        self._began = time.monotonic()
        self._moved = 0.0
        self._crash = CrashAt(NEVER)

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self._runner.run(wait())

    def now(self) -> float:
        """The database's clock: it goes on while the test runs, and jumps."""
        return self._moved + time.monotonic() - self._began

    def later(self, seconds: float) -> None:
        self.passed += seconds
        self.jump(seconds)

    def jump(self, seconds: float) -> None:
        """Set the database's clock; the clocks of processes do not notice."""
        self.run(let_time_pass(self.database, seconds))
        self._moved += seconds

    @contextmanager
    def dying(self, at: int | None) -> Iterator[Life]:
        """Whoever works here dies at the `at`-th statement or commit that it comes to, counted from 0."""
        life = Life()
        self._crash = CrashAt(NEVER if at is None else at)
        try:
            yield life
        except CrashError:
            life.died = True
        finally:
            self._crash.calm()

    def write(
        self, work: Callable[[Transaction], Awaitable[T]], then: Callable[[T], object] = lambda _result: None
    ) -> T:
        """Do a unit of work. `then` hears of its result if it is stored, also where its process dies of the answer."""
        results: list[T] = []

        async def noting(tx: Transaction) -> T:
            results[:] = [await work(tx)]
            return results[0]

        try:
            result = self.run(FaultyDatabase(self.database, self._crash).write(noting))
        except CrashError as crash:
            if str(crash) == "before the commit's answer":
                then(results[0])
            raise
        then(result)
        return result
