"""SQLite for SQLAlchemy's asyncio, called in the event loop's thread except where it waits for the disk or a lock.

aiosqlite hands every call to a thread: four hand-overs a statement, some thirty a message, each of them longer than the
statement itself. Ours are short and served by an index, so only a durable COMMIT (it waits for the disk), and BEGIN IMMEDIATE
where another process writes, leave the loop's thread. SQLAlchemy's aiosqlite dialect drives this class.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

BEGIN_WRITING = "BEGIN IMMEDIATE"
BUSY_TIMEOUT_S = 5.0


class DirectCursor:
    """The part of aiosqlite.Cursor that the dialect uses."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._cursor.close()

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> "DirectCursor":
        if statement == BEGIN_WRITING:
            await self._begin_writing()
        else:
            self._cursor.execute(statement, parameters)
        return self

    async def _begin_writing(self) -> None:
        """Take the write lock at once where it is free, which it nearly always is; else wait for it in a thread."""
        try:
            self._cursor.execute("PRAGMA busy_timeout = 0")
            self._cursor.execute(BEGIN_WRITING)
        except sqlite3.OperationalError:
            self._cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000:.0f}")
            await asyncio.to_thread(self._cursor.execute, BEGIN_WRITING)

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> "DirectCursor":
        self._cursor.executemany(statement, rows)
        return self

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()


class DirectConnection:
    """The part of aiosqlite.Connection that the dialect uses."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._durable: bool | None = None

    @property
    def _conn(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError("connection closed")  # what the dialect takes for a lost connection
        return self._connection

    def cursor(self) -> DirectCursor:
        return DirectCursor(self._conn.cursor())

    async def create_function(
        self, name: str, parameters: int, function: Callable[..., Any], *, deterministic: bool = False
    ) -> None:
        self._conn.create_function(name, parameters, function, deterministic=deterministic)

    async def set_durability(self, *, durable: bool) -> None:
        """Whether commits from now wait until they are on the disk. Between transactions only."""
        if durable is not self._durable:
            self._conn.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._durable = durable

    async def commit(self) -> None:
        if not self._conn.in_transaction:
            return
        if self._durable:
            await asyncio.to_thread(self._conn.commit)
        else:
            self._conn.commit()

    async def rollback(self) -> None:
        self._conn.rollback()

    async def close(self) -> None:
        self.stop()

    def stop(self) -> None:
        """Close at once."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


async def connect(path: Path) -> DirectConnection:
    """Open a connection. Without an isolation level, as BEGIN is said by us: a writer must never upgrade."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    return DirectConnection(connection)
