"""Consumers come back after whatever the broker or the network does to them, and carry the trace on."""

import asyncio
from collections.abc import Generator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from supportbot.common.bus.rabbitmq import RabbitBus
from supportbot.common.bus.topology import TopologyError
from supportbot.common.contracts import Event
from tests.contract.bus.conftest import RabbitProcess, bare_channel
from tests.contract.bus.events import QUEUE, QUEUE_EVENTS, Recorder, eventually, uploaded
from tests.servers.link import Link
from tests.servers.rabbitmq import Broker

pytestmark = pytest.mark.rabbitmq


async def started(bus: RabbitBus, handler: Recorder, *, concurrency: int = 1) -> RabbitBus:
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler, concurrency=concurrency)
    await bus.start()
    return bus


async def lost_and_found(bus: RabbitBus) -> None:
    """Wait until the consumers are noticed to be gone, and then to be back."""
    await eventually(lambda: bus.problem() is not None)
    await eventually(lambda: bus.problem() is None)


async def test_a_deleted_queue_is_made_again_and_consumed(broker: Broker, rabbit_process: RabbitProcess) -> None:
    handler, publisher = Recorder(), rabbit_process()
    await publisher.start()
    bus = await started(rabbit_process(), handler)
    async with bare_channel(broker.url()) as channel:
        await channel.queue_delete(QUEUE)

    await lost_and_found(bus)

    event = uploaded()
    await publisher.publish(event)
    await handler.has(event)


async def test_a_cancelled_consumer_returns(rabbit_process: RabbitProcess) -> None:
    handler = Recorder()
    bus = await started(rabbit_process(), handler)
    session = bus._consumers._session
    assert session is not None

    await bus._consumers._cancel_consumers(session)
    await lost_and_found(bus)

    event = uploaded()
    await bus.publish(event)
    await handler.has(event)


async def test_a_consumer_that_only_the_broker_has_forgotten_returns(rabbit_process: RabbitProcess) -> None:
    handler = Recorder()
    bus = await started(rabbit_process(), handler)
    session = bus._consumers._session
    assert session is not None
    channel = await session.broker.config.channel_manager.get_channel(bus._consumers._channels[QUEUE])
    driver = await channel.get_underlay_channel()
    believed = dict(driver.consumers)
    for tag in believed:
        await driver.basic_cancel(tag)
    driver.consumers.update(believed)

    await lost_and_found(bus)

    event = uploaded()
    await bus.publish(event)
    await handler.has(event)


async def test_a_channel_closed_under_a_handler_has_its_event_delivered_again(rabbit_process: RabbitProcess) -> None:
    handler = Recorder()
    bus = await started(rabbit_process(), handler)
    handler.gate.clear()
    event = uploaded()
    await bus.publish(event)
    await handler.has(event)
    session = bus._consumers._session
    assert session is not None
    channel = await session.broker.config.channel_manager.get_channel(bus._consumers._channels[QUEUE])

    await (await channel.get_underlay_channel()).basic_ack(10**6)  # the broker closes a channel for that

    await handler.until(lambda: len(handler.events) == 2)
    handler.gate.set()
    await handler.until(lambda: handler.finished == [event, event])


async def test_a_lost_connection_does_not_end_a_handler_and_is_made_again(
    broker: Broker, rabbit_process: RabbitProcess, wire: Link
) -> None:
    handler = Recorder()
    bus = await started(rabbit_process(broker.url(port=wire.port)), handler)
    handler.gate.clear()
    event = uploaded()
    await bus.publish(event)
    await handler.has(event)

    wire.cut()
    await handler.until(lambda: len(handler.events) == 2)
    handler.gate.set()

    await handler.until(lambda: handler.finished == [event, event])


async def test_a_connection_that_hangs_is_noticed_and_replaced(
    broker: Broker, rabbit_process: RabbitProcess, wire: Link
) -> None:
    handler, publisher = Recorder(), rabbit_process()
    await publisher.start()
    bus = await started(rabbit_process(broker.url(port=wire.port)), handler)

    wire.hang()
    await eventually(lambda: bus.problem() is not None)
    event = uploaded()
    await publisher.publish(event)
    await wire.mend()

    await eventually(lambda: bus.problem() is None)
    await handler.has(event)


async def test_a_queue_of_another_type_stops_the_start_with_what_to_do(rabbit_process: RabbitProcess) -> None:
    publisher = rabbit_process()
    await publisher.start()
    await publisher.stop(0)
    bus = rabbit_process(queue_type="classic")
    bus.subscribe(QUEUE, QUEUE_EVENTS, Recorder())

    with pytest.raises(TopologyError, match=rf"Queue .* exists.*Delete it there.*{QUEUE}") as raised:
        await bus.start()
    assert str(raised.value).count("RABBITMQ_QUEUE_TYPE") == 2, "one cause is told once, not for every queue"
    assert "The same holds for" in str(raised.value)


async def test_classic_queues_work_as_well(rabbit_process: RabbitProcess) -> None:
    handler = Recorder()
    bus = await started(rabbit_process(queue_type="classic"), handler)
    event = uploaded()

    await bus.publish(event)

    await handler.has(event)


async def test_a_queue_that_is_not_declared_is_refused(rabbit_process: RabbitProcess) -> None:
    bus = rabbit_process()

    with pytest.raises(TopologyError, match=r"nobody\.knows"):
        bus.subscribe("nobody.knows", QUEUE_EVENTS, Recorder())
    with pytest.raises(TopologyError, match="other events"):
        bus.subscribe("gateway.alerts", QUEUE_EVENTS, Recorder())


@pytest.fixture
def tracing() -> Generator[None]:
    """Spans that are recorded, for as long as the test runs."""
    before = trace._TRACER_PROVIDER
    trace._TRACER_PROVIDER = TracerProvider()
    yield
    trace._TRACER_PROVIDER = before


@pytest.mark.usefixtures("tracing")
async def test_a_handler_continues_the_trace_of_whoever_published(rabbit_process: RabbitProcess) -> None:
    seen: asyncio.Queue[int] = asyncio.Queue()

    async def note(_event: Event) -> None:
        await seen.put(trace.get_current_span().get_span_context().trace_id)

    bus = rabbit_process()
    bus.subscribe(QUEUE, QUEUE_EVENTS, note)
    await bus.start()

    with trace.get_tracer("test").start_as_current_span("a question comes in") as question:
        await bus.publish(uploaded())

    async with asyncio.timeout(10):
        assert await seen.get() == question.get_span_context().trace_id


async def test_f14_stopping_under_load_loses_nothing_and_does_nothing_twice(rabbit_process: RabbitProcess) -> None:
    leaving, staying, publisher = rabbit_process(), rabbit_process(), rabbit_process()
    left, stayed = Recorder(), Recorder()
    left.gate.clear()
    await publisher.start()
    await started(leaving, left, concurrency=20)
    events = [uploaded(str(number)) for number in range(200)]
    await asyncio.gather(*(publisher.publish(event) for event in events))
    await left.until(lambda: len(left.events) == 20)

    stopping = asyncio.create_task(leaving.stop(25))
    await started(staying, stayed, concurrency=20)
    left.gate.set()
    await stopping

    await stayed.until(lambda: len(stayed.finished) + len(left.finished) >= len(events))
    done = [event.message_id for recorder in (left, stayed) for event in recorder.finished]
    assert sorted(done) == sorted(event.message_id for event in events)


async def test_a_bus_stops_also_while_its_broker_hangs_or_is_gone(
    broker: Broker, rabbit_process: RabbitProcess, wire: Link
) -> None:
    hanging, handler = rabbit_process(broker.url(port=wire.port)), Recorder()
    await started(hanging, handler)
    handler.gate.clear()
    await hanging.publish(uploaded())
    await handler.until(lambda: bool(handler.events))

    wire.hang()
    async with asyncio.timeout(30):
        await hanging.stop(0.1)
    await wire.mend()
    gone = await started(rabbit_process(broker.url(port=wire.port)), Recorder())
    await wire.close()
    await eventually(lambda: gone.problem() is not None)
    async with asyncio.timeout(30):
        await gone.stop(0.1)
