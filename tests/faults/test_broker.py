"""RabbitMQ away, hanging, full or lying: it is a doorbell, and whoever hears nothing looks at the database."""

import asyncio

import pytest

from supportbot.common.bus.topology import EXCHANGE
from supportbot.common.contracts import QuestionAsked
from tests.faults.lengths import lasting
from tests.faults.system import System
from tests.servers.amqp_wire import PUBLISH
from tests.servers.stops import stop_at

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
LINES_LOST = "supportbot_bus_lines_lost_total"
SWEPT = "supportbot_outbox_swept_total"
HANGS_S = lasting(30, 180)
QUESTIONS, DOCUMENTS = "answerer.questions", "indexer.documents"


@pytest.mark.fault("F1", "the broker restarts, idle", "RabbitMQ is stopped in order and started again")
async def test_consumers_are_back_after_the_broker_restarts(system: System) -> None:
    await system.people.finish()
    await system.broker.kill(hard=False)
    await system.until_waiting_for("answerer", "RabbitMQ")
    system.saw("the answerer said that it is not ready")
    await system.broker.start()
    await system.asks_again_and_recovers()


@pytest.mark.fault("F2", "the broker is killed while publishing", "SIGKILL when an event has reached it unconfirmed")
async def test_what_was_being_published_as_the_broker_was_killed_is_published_again(system: System) -> None:
    stop = stop_at(system.links.one("gateway", "rabbitmq"), PUBLISH, "after")
    await stop.reached()
    await system.broker.kill()
    stop.cut()
    await system.until_counted("outbox", 3)
    system.saw("the outbox grew meanwhile")
    await system.broker.start()
    await system.asks_again_and_recovers()
    system.saw(f"{await system.metric_of_all(SWEPT):.0f} events published again")
    assert await system.metric_of_all(SWEPT) > 0


@pytest.mark.fault("F3", "confirms of the broker are lost", "the link drops every basic.ack on its way to the gateways")
async def test_an_event_whose_confirm_was_lost_is_published_again(system: System) -> None:
    gateways = ("gateway", "gateway 2")
    confirms = [system.links.confirms(name) for name in gateways]
    for one in confirms:
        one.losing = True
    await system.until_said("gateway", "did not confirm")
    await asyncio.sleep(lasting(10, 60))
    for one in confirms:
        one.losing = False
    lost = sum(one.lost for one in confirms)
    await system.asks_again_and_recovers()
    again = await system.metric_of_all(SWEPT)
    system.saw(f"{lost} confirms lost, {again:.0f} events published again, without a second effect")
    assert lost
    assert again


@pytest.mark.fault("F4", "the broker hangs", f"every link to it holds back all bytes for {HANGS_S:.0f} s")
async def test_while_the_broker_hangs_updates_are_accepted_and_answered(system: System) -> None:
    system.links.to("rabbitmq").hang()
    async with system.goes_on(accepting=True, answering=True):
        await asyncio.sleep(HANGS_S)
    await system.links.to("rabbitmq").mend()
    await system.asks_again_and_recovers()


@pytest.mark.fault("F5", "queues are deleted", "a stranger deletes two work queues, which cancels their consumers")
async def test_deleted_queues_and_their_consumers_come_back(system: System) -> None:
    async with system.broker.channel() as channel:
        for queue in (QUESTIONS, DOCUMENTS):
            await channel.queue_delete(queue)
    for name in ("answerer", "answerer 2", "indexer"):
        await system.until_metric(name, LINES_LOST, 1)
    system.saw("answerers and indexer made their lines to the broker anew")
    await system.asks_again_and_recovers()
    async with system.broker.channel() as channel:
        for queue, consumers in ((QUESTIONS, 2), (DOCUMENTS, 1)):
            assert (await channel.queue_declare(queue, passive=True)).consumer_count == consumers


@pytest.mark.fault("F5", "consumers cannot come back", "a stranger puts queues of another kind in the place of ours")
async def test_without_its_queue_a_service_is_not_ready_and_work_goes_on(system: System) -> None:
    async with system.broker.channel() as channel:
        for queue in (QUESTIONS, DOCUMENTS):
            await channel.queue_delete(queue)
            await channel.queue_declare(queue, durable=True)
        for name in ("answerer", "answerer 2", "indexer"):
            await system.until_waiting_for(name, "Delete it there")
        assert await system.problems("gateway") == {}
        system.saw("answerers and indexer not ready, saying what to do; gateway ready")
        async with system.goes_on(accepting=True, answering=True):
            await asyncio.sleep(lasting(10, 60))
        for queue in (QUESTIONS, DOCUMENTS):
            await channel.queue_delete(queue)
    await system.asks_again_and_recovers()


@pytest.mark.fault("F6", "the channel is closed in a handler", "RabbitMQ closes it: a delivery was held for over 3 s")
async def test_a_question_whose_channel_closed_under_its_handler_gets_one_reply(system: System) -> None:
    await system.broker.set_patience(3_000)
    system.links.to("rabbitmq").cut()  # the limit is for new channels
    system.model.slow(6.0, endpoint="chat")
    await system.broker.until_said("timed out waiting for delivery acknowledgement")
    system.model.heal()
    await system.broker.set_patience(None)
    system.links.to("rabbitmq").cut()
    await system.asks_again_and_recovers()
    redelivered = await system.metric_of_all("supportbot_events_redelivered_total")
    system.saw(f"{redelivered:.0f} deliveries came again")
    assert redelivered


@pytest.mark.fault("F7", "the broker raises its memory alarm", "its memory limit is set below what it uses")
async def test_under_a_memory_alarm_the_outbox_grows_and_updates_are_accepted(system: System) -> None:
    await system.broker.ask("set_vm_memory_high_watermark", "0.0000001")
    await an_alarm_is_borne(system)
    await system.broker.make_whole()
    await system.asks_again_and_recovers()


@pytest.mark.fault("F7", "the broker raises its disk alarm", "it is told to want more free disk than there is")
async def test_under_a_disk_alarm_the_outbox_grows_and_updates_are_accepted(system: System) -> None:
    await system.broker.ask("set_disk_free_limit", "900GB")
    await an_alarm_is_borne(system)
    await system.broker.make_whole()
    await system.asks_again_and_recovers()


async def an_alarm_is_borne(system: System) -> None:
    """The outbox grows, and everything else goes on."""
    await system.until_counted("outbox", 5)
    async with system.goes_on(accepting=True, answering=True):
        await asyncio.sleep(lasting(10, 60))
    system.saw(f"{system.product.count('outbox')} events waited in the outbox")


@pytest.mark.fault("F8", "a queue is unbound", "a stranger unbinds the queue of questions, again and again for 8 s")
async def test_publishing_to_an_unbound_queue_fails_loudly_and_the_event_stays(system: System) -> None:
    async with system.broker.channel() as channel:
        for _ in range(80):
            await channel.queue_unbind(QUESTIONS, EXCHANGE, QuestionAsked.routing_key)
            await asyncio.sleep(0.1)
    await system.until_said("gateway", "a binding is missing")
    assert system.product.count("outbox") > 0
    system.saw(f"the gateways said so; {system.product.count('outbox')} events waited in the outbox")
    await system.asks_again_and_recovers()


@pytest.mark.fault("F9", "the broker is wiped", "SIGKILL, its data folder deleted, started empty")
async def test_after_the_broker_lost_everything_nothing_is_lost(system: System) -> None:
    async with system.goes_on(accepting=True, answering=True):
        await system.broker.wipe()
    await system.asks_again_and_recovers()


@pytest.mark.fault("F10", "a queue is full", "its length is limited to 1, it refuses more, and nobody consumes")
async def test_a_full_queue_pushes_back_and_nothing_is_lost(system: System) -> None:
    answerers = system.links.to("rabbitmq", "answerer", "answerer 2")
    await system.broker.limit(QUESTIONS, 1)
    await answerers.refuse()
    await system.until_said("gateway", "its queue is full")
    async with system.goes_on(accepting=True, answering=True):
        await asyncio.sleep(lasting(10, 60))
    system.saw(f"{system.product.count('outbox')} events waited in the outbox")
    await system.broker.limit(QUESTIONS, None)
    await answerers.mend()
    await system.asks_again_and_recovers()
