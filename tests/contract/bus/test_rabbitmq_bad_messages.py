"""Whatever somebody puts into a queue: it is set aside, and the events behind it are handled."""

from uuid import uuid4

import pytest
import structlog
from aiormq.exceptions import ChannelPreconditionFailed
from pamqp import commands as spec
from prometheus_client import REGISTRY

from supportbot.common.bus.topology import DEAD_QUEUE, MAX_BYTES
from supportbot.common.contracts import encode
from tests.contract.bus.conftest import RabbitProcess, bare_channel
from tests.contract.bus.events import QUEUE, QUEUE_EVENTS, Recorder, eventually, feedback, removed, uploaded
from tests.contract.bus.forging import send, send_event, send_undecodable, send_without_id
from tests.servers.rabbitmq import Broker

pytestmark = pytest.mark.rabbitmq

BAD = {
    "not JSON": (b"\x00\xff{", "unknown"),
    "not UTF-8": (b'{"type": "DocumentUploaded", "document": "\xff\xfe"}', "unknown"),
    "nothing": (b"", "unknown"),
    "no object": (b"[[1]]", "unknown"),
    "10,000 levels deep": (b"[" * 10_000, "unknown"),
    "no event": (b'{"type": "Nonsense"}', "unknown"),
    "a type that is no name": (b'{"type": {}}', "unknown"),
    "unknown version": (encode(uploaded().model_copy(update={"version": 99})).encode(), "unknown"),
    "over 1 MB": (b" " * (MAX_BYTES + 1), "too_large"),
    "another event's id": (encode(uploaded()).encode(), "forged"),
}


def rejected(reason: str) -> float:
    found = REGISTRY.get_sample_value("supportbot_events_rejected_total", {"queue": QUEUE, "reason": reason})
    return found or 0.0


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_message_is_quarantined_and_does_not_block_the_queue(
    name: str, broker: Broker, rabbit_process: RabbitProcess
) -> None:
    body, reason = BAD[name]
    bus, handler = rabbit_process(), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await bus.start()
    before, good = rejected(reason), uploaded()

    with structlog.testing.capture_logs() as said:
        await send(broker.url(), body, spec.Basic.Properties(message_id=str(uuid4())))
        await bus.publish(good)
        await handler.has(good)

    assert handler.events == [good]
    assert rejected(reason) == before + 1
    assert [(line["log_level"], line["queue"]) for line in said if "quarantined" in line["event"]] == [("error", QUEUE)]
    async with bare_channel(broker.url()) as channel:
        assert (await channel.basic_get(DEAD_QUEUE)).body == body


async def test_a_message_without_an_id_or_for_another_queue_is_no_event(
    broker: Broker, rabbit_process: RabbitProcess
) -> None:
    bus, handler = rabbit_process(), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await bus.start()
    nameless, stranger, good = uploaded(), feedback(), uploaded()
    before = rejected("misrouted"), rejected("no_message_id")

    await send_without_id(broker.url(), encode(nameless).encode())
    await send(broker.url(), encode(stranger).encode(), spec.Basic.Properties(message_id=str(stranger.message_id)))
    await bus.publish(good)

    await handler.has(good)
    assert handler.events == [good]
    assert (rejected("misrouted"), rejected("no_message_id")) == (before[0] + 1, before[1] + 1)


async def test_forged_headers_and_properties_decide_nothing(broker: Broker, rabbit_process: RabbitProcess) -> None:
    bus, handler = rabbit_process(), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler, concurrency=10)
    await bus.start()
    headers: list[dict[str, object]] = [
        {"traceparent": 5},
        {"traceparent": {"a": [1, None]}, "tracestate": bytearray(b"\xff\xfe"), "baggage": [bytearray(b"\x00")]},
        {"traceparent": "00-" + "f" * 5000, "x-death": "no list", "x-delivery-count": -1},
        {"x-death": [{"count": 2**40, "queue": "gateway.alerts", "reason": "expired"}], "x-first-death-queue": QUEUE},
        {"x-delivery-count": 10**9, "x-acquired-count": -1, "CC": ["gateway.alerts"], "BCC": ["gateway.alerts"]},
        {"padding": "x" * 100_000, "binary": bytearray(range(256)), **{f"header {number}": 1 for number in range(500)}},
        {"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "tracestate": "=,=,;" * 100, "baggage": "%zz=%"},
        {"content-type": "text/evil", "correlation_id": 7, "": ""},
    ]
    events = [uploaded(str(number)) for number in range(len(headers) + 1)]

    for event, forged in zip(events, headers, strict=False):
        await send_event(broker.url(), event, headers=forged)
    await send_event(
        broker.url(),
        events[-1],
        reply_to="gateway.alerts",
        content_type="application/x-python-pickle",
        content_encoding="gzip",
        correlation_id="x" * 200,
        message_type="FeedbackGiven",
        app_id="someone",
    )

    await handler.has(*events)
    async with bare_channel(broker.url()) as channel:
        assert (await channel.queue_declare("gateway.alerts", passive=True)).message_count == 0


async def test_the_broker_itself_refuses_another_users_name(broker: Broker, rabbit_process: RabbitProcess) -> None:
    bus, handler = rabbit_process(), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await bus.start()
    own, good = uploaded("own"), uploaded("good")

    with pytest.raises(ChannelPreconditionFailed):
        await send_event(broker.url(), uploaded("forged"), user_id="somebody-else")
    await send_event(broker.url(), own, user_id=broker.user)
    await bus.publish(good)

    await handler.has(own, good)
    assert handler.events == [own, good]
    assert bus.problem() is None


@pytest.mark.parametrize("flaw", ["id that is no text", "time beyond all calendars"])
async def test_a_message_that_ends_every_connection_it_reaches_does_not_do_so_for_ever(
    flaw: str, broker: Broker, rabbit_process: RabbitProcess
) -> None:
    bus, handler = rabbit_process(), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await bus.start()
    before = rejected("undecodable")

    await send_undecodable(broker.url(), flaw)
    await eventually(lambda: rejected("undecodable") > before)
    await eventually(lambda: bus.problem() is None)

    good = removed()
    await bus.publish(good)
    await handler.has(good)
