"""What the broker does not take stays in the outbox, and is published from there once it does."""

import asyncio

import pytest
import structlog
from prometheus_client import REGISTRY

from supportbot.common.bus.topology import DEAD_EXCHANGE, EXCHANGE, TopologyError
from supportbot.common.database.connections.sqlite import SqliteDatabase
from tests.contract.bus.conftest import RabbitProcess, bare_channel
from tests.contract.bus.events import QUEUE, QUEUE_EVENTS, Recorder, draft, eventually, removed, uploaded
from tests.contract.bus.outbox_rows import publishing, rows, store, sweep_later
from tests.servers.rabbitmq import Broker

pytestmark = pytest.mark.rabbitmq


def failed() -> float:
    labels = {"event": "DocumentUploaded", "outcome": "failed"}
    return REGISTRY.get_sample_value("supportbot_events_published_total", labels) or 0.0


async def until_swept(database: SqliteDatabase, publisher: object) -> None:
    async with asyncio.timeout(30):
        while await rows(database):
            await sweep_later(database, publisher)  # type: ignore[arg-type]
            await asyncio.sleep(0.1)


async def test_f8_an_event_whose_queue_is_unbound_fails_loudly_and_its_row_stays_until_it_is_bound_again(
    broker: Broker, rabbit_process: RabbitProcess, sqlite_database: SqliteDatabase
) -> None:
    bus, handler = rabbit_process(), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await bus.start()
    before, event = failed(), uploaded()
    async with publishing(sqlite_database, bus) as publisher:
        async with bare_channel(broker.url()) as channel:
            await channel.queue_unbind(QUEUE, EXCHANGE, event.routing_key)
        with structlog.testing.capture_logs() as said:
            await store(sqlite_database, event)
            await eventually(lambda: failed() > before)
        assert await rows(sqlite_database) == 1
        assert [line["log_level"] for line in said if "binding is missing" in line["event"]] == ["error"]

        await until_swept(sqlite_database, publisher)
    await handler.has(event)
    assert handler.events == [event]


async def test_f10_what_a_full_queue_refuses_stays_and_comes_once_there_is_room(
    broker: Broker, rabbit_process: RabbitProcess, sqlite_database: SqliteDatabase
) -> None:
    if broker.control is None:
        pytest.skip("a limit can only be set where rabbitmqctl is at hand")
    publishing_only, handler = rabbit_process(), Recorder()
    await publishing_only.start()
    policy = '{"max-length": 1, "overflow": "reject-publish"}'
    before = failed()
    async with publishing(sqlite_database, publishing_only) as publisher:
        broker.control("set_policy", "-p", broker.vhost, "--apply-to", "queues", "tiny", f"^{QUEUE}$", policy)
        try:
            events = [uploaded(str(number)) for number in range(20)]
            for event in events:
                await store(sqlite_database, event)
            await eventually(lambda: failed() > before)
            assert await rows(sqlite_database) > 0
            consuming = rabbit_process()
            consuming.subscribe(QUEUE, QUEUE_EVENTS, handler, concurrency=4)
            await consuming.start()
            await until_swept(sqlite_database, publisher)
        finally:
            broker.control("clear_policy", "-p", broker.vhost, "tiny")
    await handler.has(*events)


async def test_what_was_committed_last_is_published_before_the_process_ends(
    rabbit_process: RabbitProcess, sqlite_database: SqliteDatabase
) -> None:
    bus, handler = rabbit_process(), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler, concurrency=50)
    await bus.start()
    events = [uploaded(str(number)) for number in range(50)]
    async with publishing(sqlite_database, bus):
        await asyncio.gather(*(store(sqlite_database, event) for event in events))
    assert await rows(sqlite_database) == 0
    await handler.has(*events)


async def test_a_draft_goes_to_live_views_alone_and_is_gone_in_seconds(
    broker: Broker, rabbit_process: RabbitProcess, sqlite_database: SqliteDatabase
) -> None:
    bus = rabbit_process()
    await bus.start()
    async with bare_channel(broker.url()) as channel:
        for exchange in (EXCHANGE, f"{EXCHANGE}.live"):
            await channel.queue_declare(f"probe.{exchange}", exclusive=True)
            await channel.queue_bind(f"probe.{exchange}", exchange, "#")
        await bus.publish(draft(1))
        await bus.publish(removed())

        kept = await channel.basic_get(f"probe.{EXCHANGE}", no_ack=True)
        assert kept.delivery.routing_key == "document.removed"  # type: ignore[union-attr]
        heard = await channel.basic_get(f"probe.{EXCHANGE}.live", no_ack=True)
        properties = heard.header.properties
        assert heard.delivery.routing_key == "answer.progressed"  # type: ignore[union-attr]
        assert (properties.expiration, properties.delivery_mode) == ("5000", 1)
    with pytest.raises(AssertionError, match="not stored"):
        await store(sqlite_database, draft(2))


async def test_each_process_has_a_live_queue_of_its_own_that_goes_with_it(
    broker: Broker, rabbit_process: RabbitProcess
) -> None:
    if broker.control is None:
        pytest.skip("queues can only be listed where rabbitmqctl is at hand")
    ask = broker.control
    buses = [rabbit_process(), rabbit_process()]
    for bus in buses:
        await bus.start()

    def live() -> list[list[str]]:
        listed = ask("list_queues", "-p", broker.vhost, "name", "exclusive", "auto_delete", "arguments")
        return [line.split("\t") for line in listed.stdout.splitlines() if line.startswith("supportbot.live.")]

    both = await asyncio.to_thread(live)
    assert [queue[1:3] for queue in both] == [["true", "true"]] * 2
    assert all("x-message-ttl" in queue[3] for queue in both)
    await buses[0].stop(0)
    assert len(await asyncio.to_thread(live)) == 1


@pytest.mark.parametrize("what", ["queue", "exchange"])
async def test_what_somebody_else_declared_otherwise_is_one_clear_error(
    broker: Broker, rabbit_process: RabbitProcess, what: str
) -> None:
    name = QUEUE if what == "queue" else DEAD_EXCHANGE
    async with bare_channel(broker.url()) as channel:
        if what == "queue":
            await channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum", "x-max-length": 5})
        else:
            await channel.exchange_declare(name, exchange_type="direct", durable=True)
    bus = rabbit_process()
    bus.subscribe(QUEUE, QUEUE_EVENTS, Recorder())

    with structlog.testing.capture_logs() as said, pytest.raises(TopologyError) as raised:
        await bus.start()

    assert name in str(raised.value)
    assert "Delete it there" in str(raised.value)
    assert not [line for line in said if "Traceback" in str(line)]
