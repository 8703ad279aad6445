"""Processes that share a database and no broker hear of each other's events."""

import asyncio

from sqlalchemy import insert

from supportbot.common.bus.local import LocalBus
from supportbot.common.contracts import ConversationClosed, Event
from supportbot.common.database.clock import now
from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.outbox_tail import OutboxTail
from supportbot.common.database.schema.tables import outbox
from supportbot.common.database.transactions import Database
from supportbot.common.ids import uuid7


class Heard:
    """Collects what a bus hands out."""

    def __init__(self, bus: LocalBus) -> None:
        self.events: list[Event] = []
        self.something = asyncio.Event()
        bus.listen((ConversationClosed,), self._hear)

    async def _hear(self, event: Event) -> None:
        self.events.append(event)
        self.something.set()


def closed() -> ConversationClosed:
    conversation = uuid7()
    return ConversationClosed(correlation_id=conversation, conversation_id=conversation)


async def test_an_event_of_another_process_is_heard_once(database: Database) -> None:
    await database.write(lambda tx: tx.emit(closed()))  # by another process, as this one has no publisher yet
    bus = LocalBus()
    heard = Heard(bus)
    tail = OutboxTail(database, bus, OutboxPublisher(database, bus))
    assert await tail.look() == 1
    assert await tail.look() == 0
    assert len(heard.events) == 1


async def test_a_process_does_not_hear_its_own_events_twice(database: Database) -> None:
    bus = LocalBus()
    heard = Heard(bus)
    own = OutboxPublisher(database, bus)
    tail = OutboxTail(database, bus, own)
    await own.start()
    event = closed()
    await database.write(lambda tx: tx.emit(event))
    await asyncio.wait_for(heard.something.wait(), 5)
    assert await tail.look() == 0
    await own.stop()
    assert heard.events == [event]


async def test_what_cannot_be_read_does_not_keep_others_from_being_heard(database: Database) -> None:
    row = {"id": uuid7(), "body": "{}", "headers": {}, "created_at": now()}
    await database.write(lambda tx: tx.execute(insert(outbox).values(row)))
    event = closed()
    await database.write(lambda tx: tx.emit(event))
    bus = LocalBus()
    heard = Heard(bus)
    await OutboxTail(database, bus, OutboxPublisher(database, bus)).look()
    assert heard.events == [event]
