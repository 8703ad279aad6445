"""SQLite: one writer connection that commits several units of work at once, and a few readers beside it.

Every commit is on the disk before anyone is told (WAL, synchronous=FULL), but for the lane `relaxed`, whose commits
reach the disk with the next one. Units that arrive while a commit runs, or within `GROUP_WINDOW_S`, share the next one.
One that fails takes nobody along: each has its own savepoint, but for the first, with whose failure its group ends.
"""

import asyncio
import contextlib
import contextvars
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from supportbot.common.database.clock import SQLITE_CLOCK
from supportbot.common.database.connections.refusal import LastRefusal
from supportbot.common.database.connections.sqlite_driver import DRIVER, DirectConnection, DirectEngine
from supportbot.common.database.transactions import AfterCommit, Database, DatabaseUnavailableError, Lane, Transaction

T = TypeVar("T")
GROUP_WINDOW_S = 0.002
GROUP_SIZE = 64
READERS = 4
_OUTAGES = (OperationalError, DatabaseError)
"""The disk is full or gone, and: the file is no database, or damaged. Subclasses of the latter are mistakes of ours."""


_writing: contextvars.ContextVar[object] = contextvars.ContextVar("writing", default=None)
"""The database in whose transaction the current code runs."""


@dataclass(slots=True)
class _Unit:
    work: Callable[[Transaction], Awaitable[Any]]
    durable: bool
    done: asyncio.Future[Any]
    context: contextvars.Context
    """The caller's, so that a unit belongs to its caller's trace and not to that of whoever began the group."""
    result: Any = None
    transaction: Transaction | None = None
    error: BaseException | None = None


class SqliteDatabase(Database):
    """The embedded database: a file that one or several processes of one machine share."""

    dialect: Literal["sqlite"] = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = _engine(path, pool_size=1, writes=True)
        self._readers = _engine(path, pool_size=READERS, writes=False)
        self._units: asyncio.Queue[_Unit | None] = asyncio.Queue()
        self._publish: AfterCommit = lambda _events: None
        self._task: asyncio.Task[None] | None = None
        self._open: AsyncConnection | None = None  # the writer's, for as long as nothing goes wrong with it
        self._closed = False
        self._held: _Unit | None = None  # must be durable, where the group before it was not
        self._group: list[_Unit] = []
        self._refusal = LastRefusal()
        self._damaged = ""
        """What was said of a file that is damaged: nobody is told that something is stored in it."""

    def after_commit(self, publish: AfterCommit) -> None:
        self._publish = publish

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, lane: Lane = "work") -> T:
        if self._closed:
            raise DatabaseUnavailableError(f"The database {self._path.name} is closed")
        if self._damaged:
            raise DatabaseUnavailableError(self._damaged)
        if _writing.get() is self:
            raise RuntimeError("A write inside a write would wait for itself; use the transaction that is there")
        if self._task is None:
            self._task = asyncio.create_task(self._commit_groups(), name="sqlite writer")
            self._task.add_done_callback(self._fail_those_who_wait)
        context = contextvars.copy_context()
        context.run(_writing.set, self)
        unit = _Unit(work, lane != "relaxed", asyncio.get_running_loop().create_future(), context)
        self._units.put_nowait(unit)
        return await unit.done  # type: ignore[no-any-return]  # what `work` gave

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        try:
            async with _connection(self._readers) as connection:
                return await work(connection)
        except DatabaseError as error:
            if type(error) not in _OUTAGES:
                raise
            raise self._unavailable(error) from error

    def refusal(self) -> str | None:
        return self._damaged or self._refusal.said()

    def pool_status(self) -> dict[str, int]:
        readers = self._readers.pool
        assert isinstance(readers, AsyncAdaptedQueuePool)
        return {"checked_out": readers.checkedout() + bool(self._group), "size": READERS + 1, "overflow": 0}

    async def close(self) -> None:
        self._closed = True
        if self._task is not None:
            self._units.put_nowait(None)
            await asyncio.wait([self._task])
        await self._writer.dispose()
        await self._readers.dispose()

    async def _commit_groups(self) -> None:
        try:
            while (first := self._held or await self._units.get()) is not None:
                self._held = None
                if first.done.cancelled():
                    continue
                group = self._group = [first]
                closing = await self._run_group(group)
                _settle(group, self._publish)
                self._group = []
                if closing:
                    return
        finally:  # also where a loop at its end cancels this: a connection that nobody gives back is a warning later
            await self._let_go()

    def _fail_those_who_wait(self, _task: asyncio.Task[None]) -> None:
        """The writer has ended. A loop at its end cancels it as well, while others still write what they must."""
        self._closed = True
        units = [*self._group, self._held, *(self._units.get_nowait() for _ in range(self._units.qsize()))]
        for unit in units:
            if unit is not None and not unit.done.done():
                unit.done.set_exception(DatabaseUnavailableError(f"The database {self._path.name} is closed"))

    async def _run_group(self, group: list[_Unit]) -> bool:
        """Run the units that are waiting, in one transaction. True when the database is being closed."""
        closing = False
        durable = group[0].durable
        try:
            connection = self._open = self._open or await self._writer.connect()
            await _set_durability(connection, durable=durable)
            async with connection.begin() as transaction:
                await _run(connection, group[0])
                if group[0].error is not None:
                    await transaction.rollback()
                    return closing
                until = time.monotonic() + GROUP_WINDOW_S
                while len(group) < GROUP_SIZE and not self._units.empty() and time.monotonic() < until:
                    unit = self._units.get_nowait()
                    if unit is None:
                        closing = True
                        break
                    if unit.durable and not durable:
                        self._held = unit
                        break
                    if not unit.done.cancelled():
                        group.append(unit)
                        await _run_beside_others(connection, unit)
            self._refusal.forget()
        except Exception as error:  # whatever it is, nobody may wait for ever, and the next group gets its chance
            refused = self._unavailable(error)
            self._refusal.note(str(refused))
            for unit in group:
                unit.error = unit.error or refused
            await self._let_go()
        return closing

    def _unavailable(self, error: Exception) -> DatabaseUnavailableError:
        cause = str(getattr(error, "orig", None) or error)
        is_damaged = any(sign in cause for sign in ("malformed", "not a database"))
        advice = (
            "The file is damaged: stop, and restore a copy of it, or move it away to begin anew"
            if is_damaged
            else "Check the disk's free space and permissions"
        )
        told = f"The database {self._path} cannot store or read now: {cause}. {advice}"
        if is_damaged:
            self._damaged = told
        return DatabaseUnavailableError(told)

    async def _let_go(self) -> None:
        """Close the writer's connection; the next group makes a new one."""
        connection, self._open = self._open, None
        if connection is not None:
            with contextlib.suppress(DatabaseError):  # what is wrong with it was told already
                await connection.close()


@contextlib.asynccontextmanager
async def _connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection of the pool. Giving it back waits for nothing, so it needs no task that outlives a cancellation."""
    connection = await engine.connect()
    try:
        yield connection
    finally:
        await connection.close()


async def _set_durability(connection: AsyncConnection, *, durable: bool) -> None:
    """SQLite takes this only between transactions, so it is said to the driver, around SQLAlchemy's own BEGIN."""
    (await _driver(connection)).set_durability(durable=durable)


async def _run_beside_others(connection: AsyncConnection, unit: _Unit) -> None:
    """Run a unit under its own savepoint, of which SQLAlchemy need not know: it takes it longer than it takes SQLite.

    What breaks the transaction itself is raised, and the savepoint ends with it.
    """
    driver = await _driver(connection)
    driver.run("SAVEPOINT unit")
    await _run(connection, unit)
    if unit.error is not None:
        driver.run("ROLLBACK TO unit")
    driver.run("RELEASE unit")


async def _driver(connection: AsyncConnection) -> DirectConnection:
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, DirectConnection)
    return driver


async def _run(connection: AsyncConnection, unit: _Unit) -> None:
    """Run a unit; what it raises is kept for whoever waits for it."""
    try:
        unit.transaction = Transaction(connection)
        unit.result = await asyncio.create_task(_work(unit, unit.transaction), context=unit.context)
    except DatabaseError as error:
        if type(error) in _OUTAGES:
            raise  # the disk is full, or the file is gone or damaged: the group is lost as a whole
        unit.error = error
    except asyncio.CancelledError as error:
        if _is_being_cancelled():
            raise
        unit.error = error
    except Exception as error:  # it is handed to the caller
        unit.error = error


async def _work(unit: _Unit, transaction: Transaction) -> Any:
    return await unit.work(transaction)


def _is_being_cancelled() -> bool:
    """Whether it is the writer that is to stop, and not only the unit that it runs."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _settle(group: list[_Unit], publish: AfterCommit) -> None:
    for unit in group:
        if unit.error is None and unit.transaction is not None and unit.transaction.events:
            unit.context.run(publish, unit.transaction.events)  # the events belong to their caller's trace
        if unit.done.cancelled():
            continue
        if isinstance(unit.error, asyncio.CancelledError):
            unit.done.cancel()
        elif unit.error is not None:
            unit.done.set_exception(unit.error)
        else:
            unit.done.set_result(unit.result)


def _engine(path: Path, *, pool_size: int, writes: bool) -> AsyncEngine:
    engine = create_async_engine(
        URL.create(DRIVER, database=str(path)),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=pool_size,
        max_overflow=0,
        creator=lambda: DirectConnection(path, writes=writes),
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    return DirectEngine(engine.sync_engine)


def _prepare(connection: Any, _record: object) -> None:
    connection.create_function(SQLITE_CLOCK, 0, lambda: time.time_ns() // 1000)
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-4096"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
