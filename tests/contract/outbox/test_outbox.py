"""The outbox: an event is published if and only if what it tells was committed, whatever the bus does."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

import pytest
import structlog
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.bus.port import Bus, BusUnavailableError, Handler
from supportbot.common.contracts import AlertRaised
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.clock import now
from supportbot.common.database.outbox import KEPT_WITHOUT_BROKER_S, STRANGERS_KEPT_S, UNCONFIRMED_S, OutboxPublisher
from supportbot.common.database.schema.tables import outbox, quarantine
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import uuid7
from tests.protocol.moments import let_time_pass

MANY = 900  # several times as many as are looked at together


class RecordingBus(Bus):
    """Takes events, or refuses them."""

    def __init__(self, *, confirms: bool = True) -> None:
        self._confirms = confirms
        self.refuses = False
        self.taken: asyncio.Queue[Event] = asyncio.Queue()

    @property
    def confirms(self) -> bool:
        return self._confirms

    async def publish(self, event: Event) -> None:
        if self.refuses:
            self.taken.put_nowait(event)  # it came that far
            raise BusUnavailableError("refused")
        self.taken.put_nowait(event)

    def subscribe(
        self, queue: str, events: tuple[type[Event], ...], handler: Handler, *, concurrency: int = 1
    ) -> None: ...

    def listen(self, events: tuple[type[Event], ...], handler: Handler) -> Callable[[], None]:
        return lambda: None

    async def start(self) -> None: ...

    async def pause(self) -> None:
        """It gives nothing out."""

    async def stop(self, grace_s: float) -> None: ...


@pytest.fixture
def bus() -> RecordingBus:
    return RecordingBus()


@pytest.fixture
async def publisher(database: Database, bus: RecordingBus) -> AsyncGenerator[OutboxPublisher]:
    started = OutboxPublisher(database, bus)
    await started.start()
    yield started
    await started.stop()


def _alert(text: str) -> AlertRaised:
    return AlertRaised(correlation_id=uuid7(), kind="test", severity="warning", text=text)


async def _rows(database: Database) -> int:
    async def read(connection: AsyncConnection) -> int:
        count: int = (await connection.execute(select(func.count()).select_from(outbox))).scalar_one()
        return count

    return await database.read(read)


async def test_an_event_is_published_right_after_the_commit_and_forgotten_once_confirmed(
    database: Database, bus: RecordingBus, publisher: OutboxPublisher
) -> None:
    event = _alert("one")
    await database.write(lambda tx: tx.emit(event))
    assert await bus.taken.get() == event
    while await _rows(database):  # noqa: ASYNC110  # nothing tells when the row is forgotten
        await asyncio.sleep(0)


async def test_an_event_of_a_transaction_that_failed_never_happened(
    database: Database, bus: RecordingBus, publisher: OutboxPublisher
) -> None:
    async def fail(tx: Transaction) -> None:
        await tx.emit(_alert("never"))
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fail)
    after = _alert("after")
    await database.write(lambda tx: tx.emit(after))
    assert await bus.taken.get() == after
    assert await publisher.sweep() == 0


async def test_what_the_bus_refused_is_swept_once_it_takes_events_again(
    database: Database, bus: RecordingBus, publisher: OutboxPublisher
) -> None:
    bus.refuses = True
    event = _alert("one")
    await database.write(lambda tx: tx.emit(event))
    assert await bus.taken.get() == event
    assert await publisher.sweep() == 0  # not old enough: it may be on its way
    await let_time_pass(database, UNCONFIRMED_S + 1)
    assert await publisher.sweep() == 0
    bus.refuses = False
    assert await publisher.sweep() == 1
    assert await _rows(database) == 0


async def test_what_a_dead_process_did_not_publish_is_swept_by_any_other(database: Database, bus: RecordingBus) -> None:
    event = _alert("one")
    await database.write(lambda tx: tx.emit(event))  # and nobody listens to commits
    await let_time_pass(database, UNCONFIRMED_S + 1)
    assert await OutboxPublisher(database, bus).sweep() == 1
    assert await bus.taken.get() == event


async def _many_wait(database: Database, count: int) -> None:
    async def emit(tx: Transaction) -> None:
        for number in range(count):
            await tx.emit(_alert(str(number)))

    await database.write(emit)
    await let_time_pass(database, UNCONFIRMED_S + 1)


async def test_all_that_a_long_outage_left_is_published_in_one_go(database: Database, bus: RecordingBus) -> None:
    await _many_wait(database, MANY)
    assert await OutboxPublisher(database, bus).sweep() == MANY
    assert await _rows(database) == 0


async def test_processes_that_sweep_the_same_rows_do_not_all_publish_all_of_them(database: Database) -> None:
    buses = [RecordingBus() for _ in range(5)]
    await _many_wait(database, MANY)
    await asyncio.gather(*(OutboxPublisher(database, one).sweep() for one in buses))
    for one in buses:  # the next round of each
        await OutboxPublisher(database, one).sweep()
    assert await _rows(database) == 0
    assert sum(one.taken.qsize() for one in buses) < 3 * MANY


async def test_while_the_bus_refuses_a_sweep_tries_no_more_than_it_looks_at_together(
    database: Database, bus: RecordingBus
) -> None:
    await _many_wait(database, MANY)
    bus.refuses = True
    assert await OutboxPublisher(database, bus).sweep() == 0
    assert bus.taken.qsize() < MANY / 2


async def test_an_event_of_the_future_is_swept_too(database: Database, bus: RecordingBus) -> None:
    await database.write(lambda tx: tx.emit(_alert("one")))
    await let_time_pass(database, -3600)  # the clock was set back
    assert await OutboxPublisher(database, bus).sweep() == 1


NEWER = ('{"type": "SomethingNew"}', '{"type": "AlertRaised", "version": 99}')


async def _newer_version_wrote(database: Database, bodies: Sequence[str]) -> None:
    async def work(tx: Transaction) -> None:
        for body in bodies:
            row = {"id": uuid7(), "body": body, "headers": {}, "created_at": now()}
            await tx.execute(insert(outbox).values(row))

    await database.write(work)


async def _quarantined(database: Database) -> list[str]:
    async def read(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(select(quarantine.c.body))).scalars())

    return await database.read(read)


async def test_events_of_a_newer_version_are_left_to_it_and_hold_up_no_others(
    database: Database, bus: RecordingBus
) -> None:
    await _newer_version_wrote(database, NEWER * 150)  # more than are looked at together
    await database.write(lambda tx: tx.emit(_alert("fine")))
    await let_time_pass(database, UNCONFIRMED_S + 1)
    assert await OutboxPublisher(database, bus).sweep() == 1
    assert bus.taken.qsize() == 1
    assert await _rows(database) == 300


async def test_events_that_no_version_reads_for_a_day_are_set_aside(database: Database, bus: RecordingBus) -> None:
    publisher = OutboxPublisher(database, bus)
    await _newer_version_wrote(database, NEWER)
    await database.write(lambda tx: tx.emit(_alert("the broker was away for a day")))
    await let_time_pass(database, STRANGERS_KEPT_S - 60)
    bus.refuses = True
    assert await publisher.sweep() == 0
    await let_time_pass(database, 120)
    assert await publisher.sweep() == 2
    assert sorted(await _quarantined(database)) == sorted(NEWER)
    assert await _rows(database) == 1  # ours waits for the broker, however long that takes


async def test_where_the_bus_confirms_nothing_rows_are_kept_for_a_minute(database: Database) -> None:
    publisher = OutboxPublisher(database, RecordingBus(confirms=False))
    await database.write(lambda tx: tx.emit(_alert("one")))
    await let_time_pass(database, KEPT_WITHOUT_BROKER_S - 5)
    assert await publisher.sweep() == 0
    await let_time_pass(database, 10)
    assert await publisher.sweep() == 1
    assert await _rows(database) == 0


async def test_an_outage_of_the_bus_is_told_once_whatever_waits(
    database: Database, bus: RecordingBus, publisher: OutboxPublisher
) -> None:
    bus.refuses = True
    with structlog.testing.capture_logs() as logs:
        for number in range(5):
            event = _alert(str(number))
            await database.write(lambda tx, event=event: tx.emit(event))  # type: ignore[misc]
        for _ in range(5):
            await bus.taken.get()
        await let_time_pass(database, UNCONFIRMED_S + 1)
        await publisher.sweep()
        bus.refuses = False
        await publisher.sweep()
        await publisher.sweep()
    told = [line["event"] for line in logs if "outbox" in line["event"]]
    assert told == ["Events wait in the outbox", "Events leave the outbox again"]
