"""SQLite for SQLAlchemy's asyncio, called in the event loop's thread except where it waits for the disk or a lock.

Our statements are short and served by an index; handing one to a thread takes longer than the statement itself. So only
a durable COMMIT (it waits for the disk), and BEGIN IMMEDIATE where another process writes, leave the loop's thread.
"""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from sqlalchemy import CursorResult, Executable
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.util import await_only

from supportbot.common.database.prepared import form_of

DRIVER = "sqlite+direct"
BUSY_TIMEOUT_S = 5.0
_CHECKPOINT = 1_000
_CHECKPOINT_UNHEARD = 8_000
"""Pages in the log after which a commit copies them into the file; one in the loop's thread leaves that to others."""


class DirectCursor(sqlite3.Cursor):
    """Fetches all rows at once: no statement is unfinished when its transaction commits, and rows outlive it."""

    _rows: Iterator[Any] = iter(())

    def execute(self, statement: str, parameters: Any = ()) -> Self:
        super().execute(statement, parameters)
        self._rows = iter(super().fetchall() if self.description else ())
        await_only(_nothing())
        return self

    def executemany(self, statement: str, rows: Any) -> Self:
        super().executemany(statement, rows)
        await_only(_nothing())
        return self

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        return [row for _, row in zip(range(size or 1), self._rows, strict=False)]

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    async def _async_soft_close(self) -> None:
        """For SQLAlchemy: there is nothing to close before the rows are read."""


class DirectConnection(sqlite3.Connection):
    """A connection to a file that either only reads, or writes and takes the write lock when it begins."""

    def __init__(self, path: Path, *, writes: bool) -> None:
        _make_private(path)
        # Without an isolation level, as BEGIN is said by us: a writer must never upgrade.
        super().__init__(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        self._begin = self._begin_writing if writes else self._begin_reading
        self._durable: bool | None = None
        self._waits_s = BUSY_TIMEOUT_S

    def cursor(self, *_factory: Any) -> DirectCursor:  # type: ignore[override]  # SQLAlchemy asks for no other
        return super().cursor(DirectCursor)

    def begin(self) -> None:
        """Begin a transaction."""
        self._begin()

    def set_durability(self, *, durable: bool) -> None:
        """Whether commits from now wait until they are on the disk. Between transactions only."""
        if durable is not self._durable:
            self.run(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self.run(f"PRAGMA wal_autocheckpoint={_CHECKPOINT if durable else _CHECKPOINT_UNHEARD}")
            self._durable = durable

    def run(self, statement: str, values: Sequence[Any] = ()) -> tuple[list[Any], int]:
        """Run one statement. Returns all of its rows, and how many rows it changed."""
        cursor = super().cursor().execute(statement, values)
        return cursor.fetchall(), cursor.rowcount

    def commit(self) -> None:
        if self._durable and self.in_transaction:
            await_only(asyncio.get_running_loop().run_in_executor(None, super().commit))
        else:
            super().commit()

    def _begin_reading(self) -> None:
        self.run("BEGIN")

    def _begin_writing(self) -> None:
        """Take the write lock at once where it is free, which it nearly always is; else wait for it in a thread."""
        try:
            self._wait_for_locks(0.0)
            self.run("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            self._wait_for_locks(BUSY_TIMEOUT_S)
            await_only(asyncio.to_thread(self.run, "BEGIN IMMEDIATE"))

    def _wait_for_locks(self, seconds: float) -> None:
        if seconds != self._waits_s:
            self.run(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")
            self._waits_s = seconds


def _make_private(path: Path) -> None:
    """Make a missing file readable for nobody else, whatever the folder; SQLite gives its log the same permissions.

    One that is there is not opened: closing it would end all locks that this process has on it, those of its other
    connections too. Then the next process to leave takes itself for the last and deletes the log that we write to.
    """
    with contextlib.suppress(OSError):  # it is there; or SQLite says better what is wrong with the place
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


class DirectDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's own SQLite, for AsyncEngine."""

    driver = "direct"
    is_async = True
    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.begin()


class DirectAsyncConnection(AsyncConnection):
    """SQLAlchemy's connection, but for prepared statements: they go straight to the driver, unless somebody listens."""

    async def execute(self, statement: Executable, parameters: Any = None, **options: Any) -> CursorResult[Any]:
        connection = self.sync_connection
        form = form_of(statement, tuple(parameters or ()), self.dialect)
        if form is None or options or connection is None or connection._has_events:  # noqa: SLF001  # it says it nowhere else
            return await super().execute(statement, parameters, **options)
        driver: Any = connection.connection.dbapi_connection
        return form.run(driver.run, parameters or {})  # type: ignore[return-value]  # as much of one as we use


class DirectEngine(AsyncEngine):
    """Makes such connections."""

    _connection_cls = DirectAsyncConnection


registry.register(DRIVER.replace("+", "."), __name__, DirectDialect.__name__)


async def _nothing() -> None:
    """SQLAlchemy insists that a statement is awaited somewhere."""
