"""The outbox: events are stored with the facts they tell, published right after, and swept if that failed."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, or_, select, true

from supportbot.common.bus.port import Bus, BusUnavailableError
from supportbot.common.contracts.envelope import Event, UnknownEventError, decode
from supportbot.common.database.clock import statement_start
from supportbot.common.database.schema.tables import outbox
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.database.updates import quarantine_update
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import EVENTS_PUBLISHED, OUTBOX_SWEPT
from supportbot.common.telemetry.outage import Outage
from supportbot.common.telemetry.tracing import current_traceparent, under

UNCONFIRMED_S = 3.0
KEPT_WITHOUT_BROKER_S = 60.0
STRANGERS_KEPT_S = 24 * 3600.0
"""How long events that this version cannot read wait for a process of the version that wrote them."""
_FAR_FUTURE_S = 30.0
_LAST_EVENTS_S = 1.0
_FORGET_AFTER_S = 0.2
"""How long confirmed rows are gathered before one statement deletes them; well under `UNCONFIRMED_S`."""
_BATCH = 200
_log = logger(__name__)


class OutboxPublisher:
    """Publishes the events of committed transactions, and deletes their rows where the bus confirms."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._committed: asyncio.Queue[tuple[Event, str | None]] = asyncio.Queue()
        self._confirmed: list[UUID] = []
        self._any_confirmed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._observers: list[Callable[[Event], object]] = []
        self._outage = Outage("Events wait in the outbox", "Events leave the outbox again")

    def on_committed(self, observer: Callable[[Event], object]) -> None:
        """Tell `observer` of every event that this process commits."""
        self._observers.append(observer)

    async def start(self) -> None:
        """Publish from now whatever the database commits."""
        self._database.after_commit(self._take)
        self._tasks = [
            asyncio.create_task(self._publish_forever(), name="outbox publisher"),
            asyncio.create_task(self._forget_forever(), name="outbox cleaner"),
        ]

    async def stop(self) -> None:
        """Publish what was committed, unless that takes long; then stop. What was not published stays in the outbox."""
        if self._tasks and not self._tasks[0].done():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_EVENTS_S):
                    await self._committed.join()
        self._database.after_commit(lambda _events: None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_EVENTS_S):
                await self._forget_confirmed()

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
            confirmed = await asyncio.gather(*(self._publish(*one) for one in published))
            self._confirmed += [event.message_id for (event, _), safe in zip(published, confirmed, strict=True) if safe]
            if self._confirmed:
                self._any_confirmed.set()
            for _ in published:
                self._committed.task_done()

    async def _forget_forever(self) -> None:
        """Apart from publishing, which is in a hurry: a row that stays a little longer does no harm."""
        while True:
            await self._any_confirmed.wait()
            await asyncio.sleep(_FORGET_AFTER_S)
            self._any_confirmed.clear()
            await self._forget_confirmed()

    async def _forget_confirmed(self) -> None:
        """Delete the rows that the bus confirmed; those that it cannot delete are published once more by a sweep."""
        ids, self._confirmed = self._confirmed, []
        try:
            await self._forget(ids)
        except DatabaseUnavailableError as error:
            _log.warning("Published events stay in the outbox for now", error=str(error))

    async def _publish(self, event: Event, traceparent: str | None) -> bool:
        try:
            with under(traceparent):
                await self._bus.publish(event)
        except BusUnavailableError as error:
            EVENTS_PUBLISHED.labels(type(event).__name__, "failed").inc()
            self._outage.met(error)
            return False
        EVENTS_PUBLISHED.labels(type(event).__name__, "published").inc()
        return self._bus.confirms

    async def _forget(self, ids: list[Any]) -> int:
        """How many of these rows were still there."""
        return await self._database.write(lambda tx: _delete(tx, ids), lane="relaxed") if ids else 0

    async def sweep(self) -> int:
        """Publish what was not confirmed in time, or, where the bus confirms nothing, drop what is old.

        Goes on until nothing is left, as long as the bus takes everything and no other process is at the same rows.
        Returns the number of rows that were dealt with.
        """
        if not self._bus.confirms:
            return await self._database.write(_drop_old, lane="relaxed")
        self._outage.over_if_quiet()
        strangers: list[UUID] = []
        swept, after = 0, None
        while rows := await self._database.read(partial(_unconfirmed, after=after)):
            events = [_event(row) for row in rows]
            # All at once: where the bus hangs, each waits for its own time limit.
            done = await asyncio.gather(*map(self._publish_row, rows, events))
            published = [row.id for row, is_done in zip(rows, done, strict=True) if is_done]
            forgotten = await self._forget(published)
            swept += len(published)
            unread = [row.id for row, event in zip(rows, events, strict=True) if event is None]
            strangers += unread
            refused = len(published) + len(unread) < len(rows)
            if refused or 2 * forgotten < len(published) or len(rows) < _BATCH:
                break  # the next round goes on
            after = rows[-1].id  # what only others can read must not hide what is behind it
        if strangers:
            swept += await self._database.write(lambda tx: _set_aside(tx, strangers), lane="relaxed")
        OUTBOX_SWEPT.inc(swept)
        return swept

    async def _publish_row(self, row: Row[Any], event: Event | None) -> bool:
        """Whether the row is dealt with. One that another version wrote is left to those who know it."""
        return event is not None and await self._publish(event, row.headers.get("traceparent"))


def _event(row: Row[Any]) -> Event | None:
    try:
        return decode(row.body)
    except UnknownEventError as error:
        _log.debug("An event in the outbox is left to another version", id=str(row.id), error=str(error))
        return None


async def _unconfirmed(connection: Any, after: UUID | None) -> Sequence[Row[Any]]:
    old = or_(
        outbox.c.created_at < statement_start(-UNCONFIRMED_S), outbox.c.created_at > statement_start(_FAR_FUTURE_S)
    )
    wanted = select(outbox.c.id, outbox.c.body, outbox.c.headers)
    further = true() if after is None else outbox.c.id > after
    rows = await connection.execute(wanted.where(old, further).order_by(outbox.c.id).limit(_BATCH))
    found: Sequence[Row[Any]] = rows.all()
    return found


async def _delete(tx: Transaction, ids: Sequence[UUID]) -> int:
    return (await tx.execute(delete(outbox).where(outbox.c.id.in_(ids)))).rowcount


async def _set_aside(tx: Transaction, strangers: Sequence[UUID]) -> int:
    """Put events for which no process came that could read them where a person can look at them."""
    c = outbox.c
    old = c.created_at < statement_start(-STRANGERS_KEPT_S)
    rows = (await tx.execute(delete(outbox).where(c.id.in_(strangers), old).returning(c.id, c.body))).all()
    for row in rows:
        reason = "an event that no running version could read for a day"
        await quarantine_update(tx, bot="", update_id=str(row.id), reason=reason, body=row.body)
        _log.error("An event was quarantined: no running version can read it", id=str(row.id))
    return len(rows)


async def _drop_old(tx: Transaction) -> int:
    c = outbox.c
    old = or_(
        c.created_at < statement_start(-KEPT_WITHOUT_BROKER_S), c.created_at > statement_start(KEPT_WITHOUT_BROKER_S)
    )
    return (await tx.execute(delete(outbox).where(old))).rowcount
