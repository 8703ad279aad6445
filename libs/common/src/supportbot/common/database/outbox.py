"""The outbox: events are stored with the facts they tell, published right after, and swept if that failed."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, or_, select

from supportbot.common.bus.port import Bus, BusUnavailableError
from supportbot.common.contracts.envelope import Event, UnknownEventError, decode
from supportbot.common.database.clock import statement_start
from supportbot.common.database.tables import outbox
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import EVENTS_PUBLISHED, OUTBOX_SWEPT
from supportbot.common.telemetry.tracing import current_traceparent, under

UNCONFIRMED_S = 3.0
KEPT_WITHOUT_BROKER_S = 60.0
_FAR_FUTURE_S = 30.0
_LAST_EVENTS_S = 1.0
_BATCH = 200
_log = logger(__name__)


class OutboxPublisher:
    """Publishes the events of committed transactions, and deletes their rows where the bus confirms."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._committed: asyncio.Queue[tuple[Event, str | None]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._observers: list[Callable[[Event], object]] = []

    def on_published(self, observer: Callable[[Event], object]) -> None:
        """Tell `observer` of every event that this process commits."""
        self._observers.append(observer)

    async def start(self) -> None:
        """Publish from now whatever the database commits."""
        self._database.after_commit(self._take)
        self._task = asyncio.create_task(self._publish_forever(), name="outbox publisher")

    async def stop(self) -> None:
        """Publish what was committed, unless that takes long; then stop. What was not published stays in the outbox."""
        if self._task is not None and not self._task.done():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_EVENTS_S):
                    await self._committed.join()
        self._database.after_commit(lambda _events: None)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _take(self, events: Sequence[Event]) -> None:
        traceparent = current_traceparent()
        for event in events:
            for observer in self._observers:
                observer(event)
            self._committed.put_nowait((event, traceparent))

    async def _publish_forever(self) -> None:
        while True:
            published = [await self._committed.get()]
            while not self._committed.empty() and len(published) < _BATCH:
                published.append(self._committed.get_nowait())
            try:
                confirmed = await asyncio.gather(*(self._publish(*one) for one in published))
                safe = [event.message_id for (event, _), safe in zip(published, confirmed, strict=True) if safe]
                await self._forget(safe)
            except DatabaseUnavailableError as error:
                _log.warning("Published events stay in the outbox for now", error=str(error))
            for _ in published:
                self._committed.task_done()

    async def _publish(self, event: Event, traceparent: str | None) -> bool:
        try:
            with under(traceparent):
                await self._bus.publish(event)
        except BusUnavailableError as error:
            EVENTS_PUBLISHED.labels(type(event).__name__, "failed").inc()
            _log.warning("An event waits in the outbox", event_type=type(event).__name__, error=str(error))
            return False
        EVENTS_PUBLISHED.labels(type(event).__name__, "published").inc()
        return self._bus.confirms

    async def _forget(self, ids: list[Any]) -> None:
        if ids:
            await self._database.write(lambda tx: _delete(tx, ids), lane="relaxed")

    async def sweep(self) -> int:
        """Publish what was not confirmed in time, or, where the bus confirms nothing, drop what is old.

        Returns the number of rows that were dealt with.
        """
        if not self._bus.confirms:
            return await self._database.write(_drop_old, lane="relaxed")
        rows = await self._database.read(_unconfirmed)
        # All at once: where the bus hangs, each waits for its own time limit.
        dealt_with = await asyncio.gather(*(self._publish_row(row) for row in rows))
        done = [row.id for row, is_done in zip(rows, dealt_with, strict=True) if is_done]
        await self._forget(done)
        OUTBOX_SWEPT.inc(len(done))
        return len(done)

    async def _publish_row(self, row: Row[Any]) -> bool:
        """Whether the row is dealt with: published for certain, or never to be published."""
        try:
            return await self._publish(decode(row.body), row.headers.get("traceparent"))
        except UnknownEventError as error:
            _log.error("An event in the outbox cannot be read and is dropped", id=str(row.id), error=str(error))
            return True


async def _unconfirmed(connection: Any) -> Sequence[Row[Any]]:
    old = or_(
        outbox.c.created_at < statement_start(-UNCONFIRMED_S), outbox.c.created_at > statement_start(_FAR_FUTURE_S)
    )
    wanted = select(outbox.c.id, outbox.c.body, outbox.c.headers)
    rows = await connection.execute(wanted.where(old).order_by(outbox.c.id).limit(_BATCH))
    found: Sequence[Row[Any]] = rows.all()
    return found


async def _delete(tx: Transaction, ids: Sequence[UUID]) -> None:
    await tx.execute(delete(outbox).where(outbox.c.id.in_(ids)))


async def _drop_old(tx: Transaction) -> int:
    c = outbox.c
    old = or_(
        c.created_at < statement_start(-KEPT_WITHOUT_BROKER_S), c.created_at > statement_start(KEPT_WITHOUT_BROKER_S)
    )
    return (await tx.execute(delete(outbox).where(old))).rowcount
