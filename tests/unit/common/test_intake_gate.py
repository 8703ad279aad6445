"""The queue before the connections that store messages, by a clock that the test holds."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from supportbot.common.database.connections.intake_gate import STUCK_S, IntakeGate


class HeldClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Queue:
    """A gate with one place, and people who hold it until they are let go."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.gate = IntakeGate(1, self.clock)
        self.served: list[int] = []
        self.refused: list[int] = []
        self._let_go = asyncio.Semaphore(0)
        self._people: list[asyncio.Task[None]] = []

    async def comes(self, person: int) -> asyncio.Task[None]:
        task = asyncio.create_task(self._hold(person))
        self._people.append(task)
        await asyncio.sleep(0)
        return task

    async def _hold(self, person: int) -> None:
        try:
            async with self.gate.place():
                self.served.append(person)
                await self._let_go.acquire()
        except PoolTimeoutError:
            self.refused.append(person)

    async def passes(self, seconds: float) -> None:
        """Time goes on, and everybody looks at their watch."""
        self.clock.now += seconds
        await asyncio.sleep(STUCK_S + 0.05)  # nobody looks less often

    async def one_leaves(self) -> None:
        before = len(self.served)
        self._let_go.release()
        while len(self.served) == before:  # noqa: ASYNC110  # the next one comes in by the loop alone
            await asyncio.sleep(0)


@pytest.fixture
def queue() -> Queue:
    return Queue()


async def test_nobody_waits_longer_than_a_queue_may_stand_still(queue: Queue) -> None:
    await queue.comes(1)
    await queue.comes(2)
    await queue.passes(STUCK_S - 0.01)
    assert queue.refused == []
    await queue.passes(0.02)
    assert queue.refused == [2]


async def test_a_queue_that_moves_serves_all_in_their_order(queue: Queue) -> None:
    for person in range(4):
        await queue.comes(person)
    for _ in range(3):
        await queue.passes(STUCK_S - 0.01)
        await queue.one_leaves()
    assert queue.served == [0, 1, 2, 3]
    assert queue.refused == []


async def test_nobody_waits_longer_than_the_longest_even_if_the_queue_moves(queue: Queue) -> None:
    for person in range(9):
        await queue.comes(person)
    for _ in range(4):
        await queue.passes(STUCK_S - 0.01)
        if len(queue.refused) == 0:
            await queue.one_leaves()
    assert sorted(queue.refused) == [4, 5, 6, 7, 8]  # all at one moment of the clock, in no order


async def test_whoever_gives_up_takes_nobodys_place(queue: Queue) -> None:
    await queue.comes(1)
    impatient = await queue.comes(2)
    await queue.comes(3)
    impatient.cancel()
    await asyncio.sleep(0)
    await queue.one_leaves()
    assert queue.served == [1, 3]


async def test_a_place_that_comes_free_is_free_for_anyone(queue: Queue) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(queue.gate.place())
    async with queue.gate.place():
        pass
