"""Publishing fails loudly and soon wherever an event is not safe in the hands of the broker."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest

from supportbot.common.bus.port import BusUnavailableError
from supportbot.common.bus.publishing import CONFIRM_TIMEOUT_S, UnroutableEventError
from supportbot.common.bus.rabbitmq import RabbitBus
from supportbot.common.bus.topology import EXCHANGE, MAX_BYTES, WORK_QUEUES
from supportbot.common.contracts import OperatorReplied
from tests.contract.bus.conftest import RabbitProcess, bare_channel
from tests.contract.bus.events import QUEUE, QUEUE_EVENTS, Recorder, eventually, feedback, uploaded
from tests.servers.link import Link
from tests.servers.rabbitmq import Broker

pytestmark = pytest.mark.rabbitmq


async def test_an_event_whose_queue_is_unbound_fails_even_while_a_live_view_hears_it(
    broker: Broker, rabbit_process: RabbitProcess
) -> None:
    bus, listener = rabbit_process(), Recorder()
    bus.listen(QUEUE_EVENTS, listener)
    await bus.start()
    async with bare_channel(broker.url()) as channel:
        await channel.queue_unbind(QUEUE, EXCHANGE, "document.uploaded")

    with pytest.raises(UnroutableEventError, match=r"document\.uploaded"):
        await bus.publish(uploaded())


async def test_a_missing_binding_comes_back_by_itself(broker: Broker, rabbit_process: RabbitProcess) -> None:
    bus = rabbit_process()
    await bus.start()
    async with bare_channel(broker.url()) as channel:
        await channel.queue_delete(QUEUE)

    async with asyncio.timeout(30):
        while True:
            try:
                await bus.publish(uploaded())
            except UnroutableEventError:
                await asyncio.sleep(0.2)
            else:
                break


async def test_the_same_event_twice_at_a_time_fails_for_both_callers(
    broker: Broker, rabbit_process: RabbitProcess
) -> None:
    bus = rabbit_process()
    await bus.start()
    async with bare_channel(broker.url()) as channel:
        await channel.queue_unbind(QUEUE, EXCHANGE, "document.uploaded")
    event = uploaded()

    results = await asyncio.gather(bus.publish(event), bus.publish(event), return_exceptions=True)

    assert [type(result) for result in results] == [UnroutableEventError] * 2


async def refusals(bus: RabbitBus) -> AsyncGenerator[BusUnavailableError | None]:
    """Publish until the broker refuses."""
    for _ in range(50):
        try:
            await bus.publish(uploaded())
        except BusUnavailableError as error:
            yield error
            return
        yield None


async def test_a_full_queue_pushes_back(broker: Broker, rabbit_process: RabbitProcess) -> None:
    if broker.control is None:
        pytest.skip("a limit can only be set where rabbitmqctl is at hand")
    bus = rabbit_process()
    await bus.start()
    policy = '{"max-length": 1, "overflow": "reject-publish"}'
    vhost = broker.vhost
    try:
        done = broker.control("set_policy", "-p", vhost, "--apply-to", "queues", "tiny", f"^{QUEUE}$", policy)
        assert done.returncode == 0, done.stderr
        results = [result async for result in refusals(bus)]
        assert "full" in str(results[-1])
    finally:
        broker.control("clear_policy", "-p", vhost, "tiny")


async def test_a_broker_that_hangs_fails_in_time_and_then_at_once(
    broker: Broker, rabbit_process: RabbitProcess, wire: Link
) -> None:
    bus = rabbit_process(broker.url(port=wire.port))
    await bus.start()
    await bus.publish(uploaded())
    wire.hang()

    async with asyncio.timeout(CONFIRM_TIMEOUT_S + 2):
        with pytest.raises(BusUnavailableError, match="did not confirm"):
            await bus.publish(uploaded())
    async with asyncio.timeout(1):
        with pytest.raises(BusUnavailableError):
            await bus.publish(uploaded())

    await wire.mend()
    await eventually(lambda: bus._publisher.line.problem is None and bus._publisher._session is not None)
    await bus.publish(uploaded())


async def test_an_event_too_large_for_any_consumer_does_not_stay_for_ever(rabbit_process: RabbitProcess) -> None:
    bus = rabbit_process()
    handler = Recorder()
    bus.subscribe("gateway.replies", WORK_QUEUES[1].events, handler)
    await bus.start()
    small, large = (
        OperatorReplied(
            correlation_id=uuid4(),
            conversation_id=uuid4(),
            reply_key="a:1:0",
            channel="web",
            operator="anna",
            text="x" * size,
        )
        for size in (1000, MAX_BYTES)
    )

    await bus.publish(large)
    await bus.publish(small)

    await handler.has(small)
    assert handler.events == [small]


async def test_nothing_is_taken_before_the_first_connection(rabbit_process: RabbitProcess) -> None:
    bus = rabbit_process()

    with pytest.raises(BusUnavailableError, match="not connected"):
        await bus.publish(feedback())
