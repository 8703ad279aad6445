"""Proper events about what does not exist, past our own publishers: the services look, find nothing, and go on."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import structlog
from prometheus_client import REGISTRY
from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.answerer.adapters.turns import DatabaseTurns
from supportbot.answerer.entrypoints.turns import TurnWorker
from supportbot.common.bus.rabbitmq import RabbitBus
from supportbot.common.cache.memory import MemoryCache
from supportbot.common.contracts import AnswerReady, EscalationRaised, Event, MessageEdited, OperatorReplied
from supportbot.common.contracts.conversations import QuestionAsked
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.schema.tables import answers, conversations, escalations, messages, outbound
from supportbot.common.database.turns import Outcome, Turn
from supportbot.common.ids import BotId
from supportbot.gateway.entrypoints.staff import StaffWatch
from supportbot.gateway.use_cases.group_alerts import AlertGroups
from supportbot.gateway.use_cases.notify_staff import Staff
from tests.contract.bus.conftest import forget_everything
from tests.servers.rabbitmq import Broker

pytestmark = pytest.mark.rabbitmq
PATIENCE_S = 30.0
EVER = datetime(9999, 12, 31, tzinfo=UTC)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC) + timedelta(days=2)


def asked(due_at: datetime | None) -> QuestionAsked:
    conversation = uuid4()
    return QuestionAsked(
        correlation_id=conversation, conversation_id=conversation, seq=1, channel="web", text="Boo", due_at=due_at
    )


def edited() -> MessageEdited:
    return MessageEdited(correlation_id=uuid4(), conversation_id=UUID(int=0), seq=2**31, text="", due_at=None)


def about_replies() -> list[Event]:
    conversation = uuid4()
    common = {"correlation_id": conversation, "conversation_id": conversation}
    return [
        AnswerReady(**common, reply_key="none:1:0", turn_to=-1, channel="fax", text="Boo", confidence=7.0),
        EscalationRaised(**common, escalation_id=uuid4(), turn_to=1, question="Boo", reason="forged"),
        OperatorReplied(**common, reply_key="none:2:0", channel="telegram", operator="mallory", text="Boo"),
    ]


def handled(queue: str) -> float:
    labels = {"queue": queue, "outcome": "handled"}
    return REGISTRY.get_sample_value("supportbot_events_consumed_total", labels) or 0.0


async def until_handled(queue: str, before: float, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while handled(queue) < before + count:  # noqa: ASYNC110  # the counter tells nobody
            await asyncio.sleep(0.02)


async def count(database: SqliteDatabase, table: Table) -> int:
    async def read(connection: AsyncConnection) -> int:
        found: int = (await connection.execute(select(func.count()).select_from(table))).scalar_one()
        return found

    return await database.read(read)


@pytest.fixture
async def bus(rabbitmq: Broker) -> AsyncGenerator[RabbitBus]:
    """The services' bus, at a broker that holds nothing of other tests."""
    await forget_everything(rabbitmq.url())
    made = RabbitBus(rabbitmq.url())
    yield made
    await made.stop(1)


@pytest.fixture
async def outsider(rabbitmq: Broker, bus: RabbitBus) -> AsyncGenerator[RabbitBus]:
    """Somebody who may publish."""
    made = RabbitBus(rabbitmq.url())
    await made.start()
    yield made
    await made.stop(0)


async def test_questions_in_no_conversation_take_no_turn_and_the_next_real_one_is_answered_once(
    bus: RabbitBus, outsider: RabbitBus, sqlite_database: SqliteDatabase
) -> None:
    turns, taken = DatabaseTurns(sqlite_database), asyncio.Queue[Turn]()

    async def take(turn: Turn) -> None:
        outcome = Outcome("Hello?", "answer", "answered", "Hi.", "Hi.", confidence=1.0, language="en")
        await turns.finish(turn, outcome)
        await taken.put(turn)

    worker = TurnWorker(turns, take, concurrency=2)
    worker.subscribe(bus)
    await bus.start()
    before = handled("answerer.questions")
    forged = [asked(None), asked(LONG_AGO), asked(EVER), edited()]
    for event in forged:
        await outsider.publish(event)
    await until_handled("answerer.questions", before, len(forged))
    assert taken.empty()
    assert [await count(sqlite_database, table) for table in (conversations, messages, answers, outbound)] == [0] * 4

    outbox = OutboxPublisher(sqlite_database, outsider)
    await outbox.start()
    message = IncomingMessage("web", "", "visitor", "web:visitor", "1", "hash", "Hello?")
    received = await sqlite_database.write(lambda tx: receive_message(tx, message))
    async with asyncio.timeout(PATIENCE_S):
        assert (await taken.get()).conversation_id == received.conversation_id
    await until_handled("answerer.questions", before, len(forged) + 1)
    await outbox.stop()
    await worker.stop(5)
    assert taken.empty()
    assert await count(sqlite_database, outbound) == 1


async def test_replies_in_no_conversation_send_nothing_and_store_nothing(
    bus: RabbitBus, outsider: RabbitBus, sqlite_database: SqliteDatabase
) -> None:
    staff, woken = Staff([1], [BotId("1")]), asyncio.Queue[None]()
    room = StaffWatch(sqlite_database, staff, None, AlertGroups(MemoryCache()), lambda: woken.put_nowait(None))
    room.subscribe(bus)
    await bus.start()
    before, forged = handled("gateway.replies"), about_replies()
    with structlog.testing.capture_logs() as said:
        for event in forged:
            await outsider.publish(event)
        await until_handled("gateway.replies", before, len(forged))
    assert woken.qsize() == len(forged)  # it looks, and there is nothing
    assert [await count(sqlite_database, table) for table in (outbound, escalations)] == [0, 0]
    assert [line for line in said if line["log_level"] in {"error", "critical"}] == []
    assert bus.problem() is None
