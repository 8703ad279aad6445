"""A broker that dies, comes late, or comes back with nothing in it. Each test has the node to itself."""

import asyncio
import shutil

import pytest

from supportbot.common.bus.port import BusUnavailableError
from supportbot.common.bus.rabbitmq import RabbitBus
from supportbot.common.database.connections.sqlite import SqliteDatabase
from tests.contract.bus.events import QUEUE, QUEUE_EVENTS, Recorder, eventually, uploaded
from tests.contract.bus.outbox_rows import publishing, rows, store, sweep_later
from tests.servers.rabbitmq import broker_of_node
from tests.servers.rabbitmq_node import RabbitNode

pytestmark = [pytest.mark.rabbitmq, pytest.mark.slow]


async def test_everything_comes_back_after_the_broker_was_killed_and_wiped(own_rabbitmq: RabbitNode) -> None:
    bus, handler = RabbitBus(broker_of_node(own_rabbitmq).url()), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await bus.start()
    kept, after = uploaded("kept"), uploaded("after")

    own_rabbitmq.kill()
    await eventually(lambda: bus.problem() is not None)
    with pytest.raises(BusUnavailableError):
        await bus.publish(kept)
    shutil.rmtree(own_rabbitmq.home / "data")
    own_rabbitmq.launch()
    await asyncio.to_thread(own_rabbitmq.wait)
    await eventually(lambda: bus.problem() is None and bus._publisher._session is not None)

    for event in (kept, after):
        await bus.publish(event)
    await handler.has(kept, after)
    await bus.stop(1)


async def test_a_service_starts_before_its_broker(own_rabbitmq: RabbitNode) -> None:
    own_rabbitmq.kill(hard=False)
    bus, handler, listener = RabbitBus(broker_of_node(own_rabbitmq).url()), Recorder(), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    bus.listen(QUEUE_EVENTS, listener)

    await bus.start()
    assert "cannot be used" in (bus.problem() or "")
    own_rabbitmq.launch()
    await asyncio.to_thread(own_rabbitmq.wait)
    await eventually(lambda: bus.problem() is None and bus._publisher._session is not None)

    event = uploaded()
    await bus.publish(event)
    await handler.has(event)
    await listener.has(event)
    await bus.stop(1)


async def test_an_alarm_at_the_broker_fails_publishing_and_not_consuming(own_rabbitmq: RabbitNode) -> None:
    bus, handler = RabbitBus(broker_of_node(own_rabbitmq).url()), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await bus.start()
    first, second = uploaded("1"), uploaded("2")
    handler.gate.clear()
    await bus.publish(first)
    await handler.has(first)

    alarm = await asyncio.to_thread(own_rabbitmq.ask, "set_vm_memory_high_watermark", "0.0000001")
    assert alarm.returncode == 0, alarm.stderr
    with pytest.raises(BusUnavailableError):
        await bus.publish(second)
    handler.gate.set()
    await handler.until(lambda: handler.finished == [first])
    assert bus.problem() is None

    await asyncio.to_thread(own_rabbitmq.ask, "set_vm_memory_high_watermark", "0.4")
    async with asyncio.timeout(30):
        while True:
            try:
                await bus.publish(second)
            except BusUnavailableError:
                await asyncio.sleep(0.2)
            else:
                break
    await handler.has(second)
    await bus.stop(1)


async def test_f7_under_an_alarm_the_outbox_grows_and_is_emptied_once_it_is_over(
    own_rabbitmq: RabbitNode, sqlite_database: SqliteDatabase
) -> None:
    bus, handler = RabbitBus(broker_of_node(own_rabbitmq).url()), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler, concurrency=10)
    await bus.start()
    events = [uploaded(str(number)) for number in range(10)]
    async with publishing(sqlite_database, bus) as publisher:
        alarm = await asyncio.to_thread(own_rabbitmq.ask, "set_vm_memory_high_watermark", "0.0000001")
        assert alarm.returncode == 0, alarm.stderr
        try:
            async with asyncio.timeout(3):  # a transaction never waits for the broker
                for event in events:
                    await store(sqlite_database, event)
            assert await rows(sqlite_database) == len(events)
            assert await sweep_later(sqlite_database, publisher) == 0
        finally:
            await asyncio.to_thread(own_rabbitmq.ask, "set_vm_memory_high_watermark", "0.4")
        async with asyncio.timeout(30):
            while await rows(sqlite_database):
                await sweep_later(sqlite_database, publisher)
                await asyncio.sleep(0.2)
    await handler.has(*events)
    await bus.stop(1)
