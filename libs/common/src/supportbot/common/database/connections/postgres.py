"""PostgreSQL: pools by what they are for, so that a full one never holds up the storing of messages."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar

import stamina
from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from supportbot.common.database.connections.intake_gate import STUCK_S, IntakeGate
from supportbot.common.database.connections.names import connection_name
from supportbot.common.database.connections.pooler import CONNECT_TIMEOUT_S, RELAXED, Pooler
from supportbot.common.database.connections.refusal import LastRefusal
from supportbot.common.database.connections.stale import replace_stale_connections
from supportbot.common.database.transactions import AfterCommit, Database, DatabaseUnavailableError, Lane, Transaction
from supportbot.common.telemetry.logging import hide_secrets
from supportbot.common.telemetry.metrics import DB_REFUSALS

T = TypeVar("T")
INTAKE_POOL = 4
RELAXED_POOL = 2
RELAXED_OVERFLOW = 4
ABANDONED_READ_S = 1.0
IDLE_IN_TRANSACTION = {"idle_in_transaction_session_timeout": "10s"}
"""A process that hangs or vanishes within a transaction holds its conversation's row: after this the server ends it."""
_SAID = 200
_DISK_FULL: Final = "53100"
_STORES_NOTHING: Final = frozenset({_DISK_FULL, "25006"})
"""SQLSTATEs of a server that answers and stores nothing: its disk is full, it is read-only."""
_SERIALIZATION_FAILURE = {"40001", "40P01"}  # and deadlock detected
_SERVER_WENT = {"57P01", "57P02"}
_TRIES: Final[dict[str, Any]] = {"attempts": 5, "wait_initial": 0.01, "wait_max": 0.2}


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How many connections a process may hold for its work, and how it waits for one. Times are in seconds."""

    size: int = 10
    max_overflow: int = 20
    timeout: float = 30
    recycle: int = 3600
    pre_ping: bool = True
    intake: int = INTAKE_POOL
    """Connections kept apart for storing messages; none in a process that takes none in."""

    @property
    def capacity(self) -> int:
        """The most connections that a process with these pools may hold at a time."""
        return self.size + self.max_overflow + self.intake + RELAXED_POOL + min(self.max_overflow, RELAXED_OVERFLOW)


class PostgresDatabase(Database):
    """The networked database, shared by every service."""

    dialect: Literal["postgresql"] = "postgresql"

    def __init__(self, url: URL, pool: PoolSettings, service: str = "supportbot") -> None:
        """`service` is who this is at the server, among its connections."""
        self.refusals = 0
        """How often somebody waited in vain for a connection."""
        self.place = f"{url.host}:{url.port or 5432}"
        self.capacity = pool.capacity
        self.application_name = connection_name(service, pool.capacity)
        self._name = f"{url.database} at {self.place}"
        self.pooler = Pooler(url)
        self._gate = IntakeGate(pool.intake) if pool.intake else None
        intake = replace(pool, size=pool.intake, max_overflow=0, timeout=STUCK_S)
        relaxed = replace(pool, size=RELAXED_POOL, max_overflow=min(pool.max_overflow, RELAXED_OVERFLOW))
        work = self._engine(url, pool)
        self._engines: dict[Lane, AsyncEngine] = {
            "work": work,
            "intake": self._engine(url, intake) if pool.intake else work,
            "relaxed": self._engine(url, relaxed, {"synchronous_commit": "off"}),
        }
        # Each statement sees what is committed when it begins, in a transaction or not: two round trips less.
        self._reading = work.execution_options(isolation_level="AUTOCOMMIT")
        self._publish: AfterCommit = lambda _events: None
        self._reads: set[asyncio.Task[Any]] = set()
        self._refusal = LastRefusal()

    def after_commit(self, publish: AfterCommit) -> None:
        self._publish = publish

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, lane: Lane = "work") -> T:
        with self._outages_told():
            async for attempt in stamina.retry_context(on=_changes_nothing, **_TRIES):
                with attempt:
                    result = await self._write_once(work, lane)
                    self._refusal.forget()
                    return result
        raise AssertionError("stamina either returns or raises")

    async def _write_once(self, work: Callable[[Transaction], Awaitable[T]], lane: Lane) -> T:
        place = self._gate.place() if lane == "intake" and self._gate else nullcontext()
        async with place, self._engines[lane].begin() as connection:
            transaction = Transaction(connection)
            with _cut_noticed():
                if lane == "relaxed" and not self.pooler.absent:
                    await transaction.execute(RELAXED)
                result = await work(transaction)
        if transaction.events:
            self._publish(transaction.events)
        return result

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        # A statement that is cancelled costs its connection, and every page that is closed cancels one: so it may end.
        reading = asyncio.create_task(self._read(work))
        self._reads.add(reading)
        reading.add_done_callback(self._reads.discard)
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            if not reading.done():
                _abandon(reading)
            raise

    async def _read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        with self._outages_told():
            async for attempt in stamina.retry_context(on=_CutError, **_TRIES):
                with attempt:
                    async with self._reading.connect() as connection:
                        with _cut_noticed():
                            return await work(connection)
        raise AssertionError("stamina either returns or raises")

    def refusal(self) -> str | None:
        return self._refusal.said()

    def pool_status(self) -> dict[str, int]:
        pools = [engine.pool for engine in set(self._engines.values())]
        adapted = [pool for pool in pools if isinstance(pool, AsyncAdaptedQueuePool)]
        return {
            "checked_out": sum(pool.checkedout() for pool in adapted),
            "size": sum(pool.size() for pool in adapted),
            "overflow": sum(max(0, pool.overflow()) for pool in adapted),
        }

    async def close(self) -> None:
        await asyncio.gather(*self._reads, return_exceptions=True)
        await asyncio.gather(*(engine.dispose() for engine in set(self._engines.values())))

    def _engine(self, url: URL, pool: PoolSettings, session: Mapping[str, str] = MappingProxyType({})) -> AsyncEngine:
        """Connections that have `session` as their settings."""
        engine = create_async_engine(
            url,
            pool_size=pool.size,
            max_overflow=pool.max_overflow,
            pool_timeout=pool.timeout,
            pool_recycle=pool.recycle,
            connect_args={
                "timeout": CONNECT_TIMEOUT_S,
                "command_timeout": 30,
                "server_settings": {"application_name": self.application_name},
            },
        )

        def prepare(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
            self.pooler.prepare(parameters, {**IDLE_IN_TRANSACTION, **session})

        event.listen(engine.sync_engine, "do_connect", prepare)
        if pool.pre_ping:
            replace_stale_connections(engine)
        return engine

    @contextmanager
    def _outages_told(self) -> Generator[None]:
        """Turns what drivers and pools raise while the server is away into one error that says so."""
        try:
            yield
        except _CutError as error:
            raise self._unavailable(error.cause) from error.cause
        except (OperationalError, InterfaceError, PoolTimeoutError, OSError, DBAPIError) as error:
            if isinstance(error, DBAPIError) and not _is_outage(error):
                raise
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception) -> DatabaseUnavailableError:
        cause = getattr(error, "orig", None) or error
        if isinstance(error, PoolTimeoutError):
            self.refusals += 1
            DB_REFUSALS.inc()
        state = _state(error)
        told = f"The database {self._name} cannot be used now ({_said(cause)}). {_advice(state)}"
        if state in _STORES_NOTHING:
            self._refusal.note(told)
        return DatabaseUnavailableError(told)


def _abandon(reading: "asyncio.Task[Any]") -> None:
    """Nobody waits for it any more: it has a little while to end by itself, and what becomes of it is no error."""
    late = asyncio.get_running_loop().call_later(ABANDONED_READ_S, reading.cancel)

    def ended(read: "asyncio.Task[Any]") -> None:
        late.cancel()
        if not read.cancelled():
            read.exception()

    reading.add_done_callback(ended)


def _said(cause: BaseException) -> str:
    """What the server said, where it was the server; else what happened on the way to it."""
    driver = cause.__cause__ or cause
    spoke = getattr(driver, "sqlstate", None)
    return hide_secrets(str(driver))[:_SAID] if spoke else type(driver).__name__


def _advice(state: str) -> str:
    match state[:2]:
        case "28":
            return "Set DB_USER and DB_PASSWORD to what the server knows"
        case "3D":
            return "Make it there, or set DB_NAME to one that exists"
        case "53" if state == _DISK_FULL:
            return "Make room on its disk"
    return "Check that it runs, that DB_HOST, DB_PORT, DB_USER and DB_PASSWORD are right, and its free connections"


def _state(error: BaseException) -> str:
    driver: Any = getattr(error, "orig", None)
    return str(getattr(driver, "sqlstate", None) or getattr(getattr(driver, "__cause__", None), "sqlstate", None) or "")


class _CutError(Exception):
    """The connection was lost before anything was committed: the same can be tried again on another one."""

    def __init__(self, cause: DBAPIError) -> None:
        super().__init__(str(cause))
        self.cause = cause


@contextmanager
def _cut_noticed() -> Generator[None]:
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or _state(error) in _SERVER_WENT:
            raise _CutError(error) from error
        raise


def _changes_nothing(error: Exception) -> bool:
    """Whether a transaction that ended so may run again at once."""
    if isinstance(error, DBAPIError):
        return _state(error) in _SERIALIZATION_FAILURE
    return isinstance(error, _CutError)


def _is_outage(error: DBAPIError) -> bool:
    """Whether the database cannot be used now, in contrast to a statement that is wrong.

    Connection lost or refused (08), may not log in (28), no such database (3D), still in conflict after several tries
    (40), no resources (53), lock not available (55P03), server going down (57), read-only (25006).
    """
    state = _state(error)
    classes = {"", "08", "28", "3D", "40", "53", "57"}
    return error.connection_invalidated or state[:2] in classes or state in {"25006", "55P03"}
