"""What every bus promises; each test runs on the local and on the networked one."""

import asyncio

import pytest

from supportbot.common.bus.port import EventGivenBackError
from supportbot.common.contracts import AnswerProgressed, DocumentRemoved, DocumentUploaded, Event, FeedbackGiven
from tests.contract.bus.conftest import Process
from tests.contract.bus.events import PATIENCE_S, QUEUE, QUEUE_EVENTS, Recorder, draft, feedback, removed, uploaded


@pytest.fixture
def patience_s(kind: str, request: pytest.FixtureRequest) -> float:
    """Marks a promise that a bus inside one process cannot keep, since there is no other process; how long to wait."""
    if kind == "local":
        reason = "LocalBus serves one process: each queue has one subscriber, and lives no longer than it"
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
        return 1.0
    return PATIENCE_S


async def test_an_event_reaches_the_handler_of_its_queue(process: Process) -> None:
    bus, handler = process(), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await bus.start()
    event = uploaded("Возврат.md")

    await bus.publish(event)

    await handler.has(event)
    assert handler.events == [event]


async def test_an_event_that_no_queue_wants_is_published_all_the_same(process: Process) -> None:
    bus, handler = process(), Recorder()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await bus.start()
    last = uploaded()

    await bus.publish(feedback())
    await bus.publish(last)

    await handler.has(last)
    assert handler.events == [last]


async def test_each_event_goes_to_one_of_the_processes_that_share_a_queue(process: Process, patience_s: float) -> None:
    handlers = [Recorder(), Recorder()]
    for handler in handlers:
        bus = process()
        bus.subscribe(QUEUE, QUEUE_EVENTS, handler, concurrency=4)
        await bus.start()
    events = [uploaded(str(number)) for number in range(20)]

    for event in events:
        await bus.publish(event)
    async with asyncio.timeout(patience_s):
        while len(handlers[0].events) + len(handlers[1].events) < len(events):  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    assert sorted(e.message_id for h in handlers for e in h.events) == sorted(e.message_id for e in events)
    assert handlers[0].events
    assert handlers[1].events


async def test_a_live_event_is_heard_in_every_process(process: Process) -> None:
    listeners = [Recorder(), Recorder()]
    buses = [process(), process()]
    for bus, listener in zip(buses, listeners, strict=True):
        bus.listen((FeedbackGiven, DocumentUploaded), listener)
    await asyncio.gather(*(bus.start() for bus in dict.fromkeys(buses)))
    events: list[Event] = [feedback(), uploaded()]

    for event in events:
        await buses[0].publish(event)

    for listener in listeners:
        await listener.has(*events)
        assert listener.events == events


async def test_a_listener_may_come_later_and_go_earlier(process: Process) -> None:
    bus, early, late = process(), Recorder(), Recorder()
    end = bus.listen((DocumentRemoved,), early)
    await bus.start()
    bus.listen((DocumentUploaded,), late)
    end()
    end()

    async with asyncio.timeout(10):
        while not late.events:
            await bus.publish(removed())
            await bus.publish(uploaded())
            await asyncio.sleep(0.05)

    assert early.events == []
    assert {type(event) for event in late.events} == {DocumentUploaded}


async def test_a_handler_that_fails_does_not_keep_others_waiting(process: Process) -> None:
    bus, handler, listener = process(), Recorder(), Recorder()

    async def fail_for_bad(event: Event) -> None:
        await handler(event)
        if isinstance(event, DocumentUploaded) and event.document == "bad":
            raise RuntimeError("cannot be read")

    bus.subscribe(QUEUE, QUEUE_EVENTS, fail_for_bad)
    bus.listen(QUEUE_EVENTS, listener)
    await bus.start()
    events = [uploaded("bad"), uploaded("good")]

    for event in events:
        await bus.publish(event)

    await handler.has(*events)
    await listener.has(*events)


async def test_handlers_that_wait_do_not_block_others_up_to_the_given_number(process: Process) -> None:
    bus, handler = process(), Recorder()
    handler.gate.clear()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler, concurrency=3)
    await bus.start()
    events = [uploaded(str(number)) for number in range(5)]

    for event in events:
        await bus.publish(event)

    await handler.until(lambda: len(handler.events) == 3)
    await asyncio.sleep(0.2)  # time for a fourth to come, were it let in
    assert len(handler.events) == 3
    handler.gate.set()
    await handler.has(*events)


async def test_stopping_lets_handlers_finish_and_takes_nothing_new(process: Process) -> None:
    bus, handler = process(), Recorder()
    handler.gate.clear()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await bus.start()
    first, second = uploaded("1"), uploaded("2")
    await bus.publish(first)
    await handler.has(first)
    await bus.publish(second)

    stopping = asyncio.create_task(bus.stop(10))
    await asyncio.sleep(0.1)
    handler.gate.set()
    await stopping

    assert handler.finished == [first]


async def test_stopping_ends_handlers_that_take_too_long(process: Process) -> None:
    bus, handler = process(), Recorder()
    handler.gate.clear()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await bus.start()
    await bus.publish(uploaded())
    await handler.until(lambda: bool(handler.events))

    async with asyncio.timeout(10):
        await bus.stop(0.1)

    handler.gate.set()
    await asyncio.sleep(0)
    assert handler.finished == []


async def test_what_a_stopped_process_left_undone_goes_to_another(process: Process, patience_s: float) -> None:
    first, second = process(), process()
    stuck, handler = Recorder(), Recorder()
    stuck.gate.clear()
    first.subscribe(QUEUE, QUEUE_EVENTS, stuck)
    await first.start()
    event = uploaded()
    await first.publish(event)
    await stuck.has(event)

    await first.stop(0)
    second.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await second.start()

    async with asyncio.timeout(patience_s):
        await handler.has(event)


async def test_an_event_waits_for_a_process_that_comes_later(process: Process, patience_s: float) -> None:
    publisher, handler = process(), Recorder()
    await publisher.start()
    event = uploaded()
    await publisher.publish(event)

    late = process()
    late.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await late.start()

    async with asyncio.timeout(patience_s):
        await handler.has(event)


async def test_a_paused_bus_takes_nothing_new_and_lets_handlers_go_on(process: Process) -> None:
    bus, handler = process(), Recorder()
    handler.gate.clear()
    bus.subscribe(QUEUE, QUEUE_EVENTS, handler)
    await bus.start()
    first, second = uploaded("1"), uploaded("2")
    await bus.publish(first)
    await handler.has(first)

    await bus.pause()
    await bus.publish(second)
    handler.gate.set()
    await handler.until(lambda: handler.finished == [first])

    await bus.stop(5)
    assert handler.events == [first]


async def test_what_a_stopping_process_gives_back_goes_to_another(process: Process, patience_s: float) -> None:
    stopping, other = process(), process()
    handler, gate = Recorder(), asyncio.Event()
    seen = Recorder()

    async def give_back(event: Event) -> None:
        await seen(event)
        await gate.wait()
        raise EventGivenBackError("this process stops")

    stopping.subscribe(QUEUE, QUEUE_EVENTS, give_back, concurrency=5)
    await stopping.start()
    events = [uploaded(str(number)) for number in range(5)]
    for event in events:
        await stopping.publish(event)
    await seen.has(*events)

    await stopping.pause()
    other.subscribe(QUEUE, QUEUE_EVENTS, handler, concurrency=5)
    await other.start()
    gate.set()

    async with asyncio.timeout(patience_s):
        await handler.has(*events)
    assert len(handler.events) == len(seen.events) == len(events)


async def test_a_draft_is_heard_in_every_process_and_kept_nowhere(process: Process) -> None:
    listeners, handler = [Recorder(), Recorder()], Recorder()
    buses = [process(), process()]
    buses[0].subscribe(QUEUE, QUEUE_EVENTS, handler)
    for bus, listener in zip(buses, listeners, strict=True):
        bus.listen((AnswerProgressed,), listener)
    await asyncio.gather(*(bus.start() for bus in dict.fromkeys(buses)))
    drafts: list[Event] = [draft(number) for number in range(3)]

    for event in drafts:
        await buses[0].publish(event)

    for listener in listeners:
        await listener.has(*drafts)
        assert listener.events == drafts
    assert handler.events == []


async def test_a_bus_with_its_consumers_in_place_has_no_problem(process: Process) -> None:
    bus = process()
    bus.subscribe(QUEUE, QUEUE_EVENTS, Recorder())
    await bus.start()

    assert bus.problem() is None
