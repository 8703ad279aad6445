"""How turns find a worker, and what happens to them when it stops."""

import asyncio
from datetime import UTC, datetime, timedelta

from supportbot.answerer.entrypoints.turns import TurnWorker
from supportbot.common.contracts import QuestionAsked
from supportbot.common.database.turns import Turn
from supportbot.common.ids import uuid7
from tests.unit.answerer.fake_turns import FakeTurns


class Work:
    """Takes turns, holding each until it is let go."""

    def __init__(self, *, held: bool = False) -> None:
        self.begun: list[Turn] = []
        self.done: list[Turn] = []
        self.something_begun = asyncio.Event()
        self.let_go = asyncio.Event()
        if not held:
            self.let_go.set()

    async def __call__(self, turn: Turn) -> None:
        self.begun.append(turn)
        self.something_begun.set()
        await self.let_go.wait()
        self.done.append(turn)


def asked(due_in_s: float = 0.0) -> QuestionAsked:
    conversation = uuid7()
    due = datetime.now(UTC) + timedelta(seconds=due_in_s)
    return QuestionAsked(
        correlation_id=conversation, conversation_id=conversation, seq=1, channel="web", text="?", due_at=due
    )


async def test_an_event_is_done_when_its_turn_is() -> None:
    turns, work = FakeTurns(), Work(held=True)
    turn = turns.add("Hello?")
    worker = TurnWorker(turns, work, concurrency=2)
    handling = asyncio.create_task(worker.on_event(asked()))
    await work.something_begun.wait()
    assert not handling.done()
    work.let_go.set()
    await handling
    assert work.done == [turn]


async def test_an_event_without_a_due_turn_is_done_at_once() -> None:
    turns, work = FakeTurns(), Work()
    await TurnWorker(turns, work, concurrency=1).on_event(asked())
    assert turns.claims == 1
    assert work.begun == []


async def test_no_more_turns_than_allowed_are_in_work() -> None:
    turns, work = FakeTurns(), Work(held=True)
    for _ in range(5):
        turns.add("Hello?")
    worker = TurnWorker(turns, work, concurrency=2)
    handling = [asyncio.create_task(worker.on_event(asked())) for _ in range(5)]
    await work.something_begun.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(work.begun) == 2
    work.let_go.set()
    await asyncio.gather(*handling)
    assert len(work.done) == 5


async def test_turns_are_found_without_any_event() -> None:
    turns, work = FakeTurns(), Work()
    turns.add("Hello?")
    worker = TurnWorker(turns, work, concurrency=1)
    await worker.start()
    await asyncio.wait_for(work.something_begun.wait(), 5)
    await worker.stop(1)
    assert len(work.done) == 1


async def test_stopping_finishes_what_is_in_work() -> None:
    turns, work = FakeTurns(), Work(held=True)
    turn = turns.add("Hello?")
    worker = TurnWorker(turns, work, concurrency=1)
    handling = asyncio.create_task(worker.on_event(asked()))
    await work.something_begun.wait()
    stopping = asyncio.create_task(worker.stop(10))
    work.let_go.set()
    await stopping
    await handling
    assert work.done == [turn]
    assert turns.released == []


async def test_stopping_gives_back_what_takes_too_long_without_charging_it() -> None:
    turns, work = FakeTurns(), Work(held=True)
    turn = turns.add("Hello?")
    worker = TurnWorker(turns, work, concurrency=1)
    handling = asyncio.create_task(worker.on_event(asked()))
    await work.something_begun.wait()
    await worker.stop(0)
    await asyncio.gather(handling, return_exceptions=True)
    assert turns.released == [(turn, 0.0, False)]


async def test_a_claim_that_is_stored_while_stopping_is_not_forgotten() -> None:
    turns, work = FakeTurns(), Work(held=True)
    turn = turns.add("Hello?")
    turns.slow_claim = asyncio.Event()
    worker = TurnWorker(turns, work, concurrency=1)
    handling = asyncio.create_task(worker.on_event(asked()))
    await turns.claiming.wait()
    handling.cancel()
    await asyncio.gather(handling, return_exceptions=True)
    stopping = asyncio.create_task(worker.stop(0))
    await asyncio.sleep(0)
    turns.slow_claim.set()
    await stopping
    assert [released[0] for released in turns.released] == [turn]


async def test_work_that_nobody_wants_any_more_is_given_up_and_its_place_is_free() -> None:
    turns, work = FakeTurns(), Work(held=True)
    lost, kept = turns.add("Stop?"), turns.add("Go on?")
    worker = TurnWorker(turns, work, concurrency=2)
    handling = [asyncio.create_task(worker.on_event(asked())) for _ in range(2)]
    while len(work.begun) < 2:  # noqa: ASYNC110  # both have to have begun
        await asyncio.sleep(0)
    turns.lost.add(lost.conversation_id)
    await worker.renew()
    assert not any(task.done() for task in handling)
    await worker.renew()
    await asyncio.wait(handling, return_when=asyncio.FIRST_COMPLETED)
    work.let_go.set()
    await asyncio.gather(*handling)
    assert work.done == [kept]
    third = turns.add("And I?")
    await worker.on_event(asked())
    assert work.done == [kept, third]
