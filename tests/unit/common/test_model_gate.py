"""What stands around every request to the model API."""

import asyncio
from typing import Literal

import pytest

from supportbot.common.models.breaker import Breaker, Limits
from supportbot.common.models.budget import Budget
from supportbot.common.models.errors import (
    ModelAccessError,
    ModelError,
    ModelOutageError,
    ModelOutputError,
    ModelQuotaError,
    ModelTimeoutError,
)
from supportbot.common.models.gate import RATE_LIMITED, ModelGate


class Alarms:
    """Alarm that remembers."""

    def __init__(self) -> None:
        self.raised: list[str] = []
        self.full = False

    async def __call__(self, kind: str, severity: Literal["warning", "critical"], text: str) -> bool:
        if not self.full:
            self.raised.append(kind)
        return not self.full


class Server:
    """Fails in the given ways, one after the other, then answers."""

    def __init__(self, *failures: ModelError) -> None:
        self.failures = list(failures)
        self.calls = 0

    async def __call__(self, seconds: float) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


@pytest.fixture
def alarms() -> Alarms:
    return Alarms()


def gate(alarms: Alarms, *, failures: int = 3, concurrency: int = 2) -> ModelGate:
    return ModelGate(breaker=Breaker(Limits(failures=failures)), concurrency=concurrency, alarm=alarms)


def quick(retries: int = 2, seconds: float = 20) -> Budget:
    """A budget whose pauses are halved by the jitter: 0.2 s and 0.4 s."""
    return Budget(seconds, retries, jitter=lambda: 1.0)


def down() -> ModelOutageError:
    return ModelOutageError("down", cause="failing")


async def test_a_passing_failure_is_retried(alarms: Alarms) -> None:
    server = Server(down())
    assert await gate(alarms).call("answer", quick(), server) == "answer"
    assert server.calls == 2


async def test_retries_end_with_the_budget_of_the_question(alarms: Alarms) -> None:
    budget = quick(retries=1)
    one = gate(alarms, failures=10)
    server = Server(down(), down(), down(), down())
    with pytest.raises(ModelOutageError):
        await one.call("rerank", budget, server)
    with pytest.raises(ModelOutageError):
        await one.call("answer", budget, server)
    assert server.calls == 3


@pytest.mark.parametrize("error", [ModelQuotaError("q", cause="quota"), ModelAccessError("a", cause="not_allowed")])
async def test_a_refusal_is_not_retried_told_once_and_stops_the_others(alarms: Alarms, error: ModelError) -> None:
    one = gate(alarms)
    server = Server(error)
    with pytest.raises(type(error)):
        await one.call("answer", quick(), server)
    for _ in range(3):
        with pytest.raises(ModelAccessError):
            await one.call("answer", quick(), server)
    assert server.calls == 1
    assert alarms.raised == ["model_refused"]


async def test_questions_that_are_refused_at_the_same_moment_are_told_once(alarms: Alarms) -> None:
    one = gate(alarms, concurrency=4)
    all_asked = asyncio.Barrier(4)

    async def refuse(seconds: float) -> str:
        await all_asked.wait()
        raise ModelAccessError("a", cause="not_allowed")

    refused = await asyncio.gather(*(one.call("answer", quick(), refuse) for _ in range(4)), return_exceptions=True)
    assert [type(error) for error in refused] == [ModelAccessError] * 4
    assert alarms.raised == ["model_refused"]


async def test_an_outage_that_could_not_be_told_is_told_with_a_later_trial(alarms: Alarms) -> None:
    now = 0.0
    breaker = Breaker(Limits(failures=1, rest_s=10), clock=lambda: now)
    one = ModelGate(breaker=breaker, concurrency=1, alarm=alarms)
    alarms.full = True
    for _ in range(3):
        with pytest.raises(ModelOutageError):
            await one.call("answer", quick(retries=0), Server(down()))
        now += 60
    assert alarms.raised == []
    alarms.full = False
    for _ in range(3):
        with pytest.raises(ModelOutageError):
            await one.call("answer", quick(retries=0), Server(down()))
        now += 60
    assert alarms.raised == ["model_down"]


async def test_failures_in_a_row_open_the_breaker_and_are_told_once(alarms: Alarms) -> None:
    one = gate(alarms, failures=3)
    server = Server(*(down() for _ in range(9)))
    for _ in range(3):
        with pytest.raises(ModelOutageError):
            await one.call("answer", quick(retries=0), server)
    with pytest.raises(ModelOutageError) as resting:
        await one.call("answer", quick(), server)
    assert resting.value.cause == "resting"
    assert server.calls == 3
    assert alarms.raised == ["model_down"]


async def test_a_reply_that_cannot_be_read_says_that_the_server_is_there(alarms: Alarms) -> None:
    one = gate(alarms, failures=1)
    with pytest.raises(ModelOutputError):
        await one.call("answer", quick(), Server(ModelOutputError("?", cause="malformed")))
    assert one.breaker.state == "closed"


async def test_a_pause_that_the_server_asks_for_holds_for_every_question(alarms: Alarms) -> None:
    one = gate(alarms)
    limited = ModelOutageError("slow down", cause=RATE_LIMITED, retry_after_s=30)
    server = Server(limited)
    with pytest.raises(ModelOutageError):
        await one.call("answer", quick(), server)
    with pytest.raises(ModelOutageError) as other:
        await one.call("answer", quick(), server)
    assert other.value.cause == RATE_LIMITED
    assert server.calls == 1
    assert one.breaker.state == "closed", "busy is not broken"


async def test_a_server_that_drips_is_left_at_the_deadline(alarms: Alarms) -> None:
    async def never(seconds: float) -> str:
        return await asyncio.Future[str]()

    with pytest.raises(ModelTimeoutError):
        await gate(alarms).call("answer", quick(seconds=0.05), never)


async def test_no_more_requests_at_a_time_than_allowed(alarms: Alarms) -> None:
    one = gate(alarms, concurrency=2)
    running, most = 0, 0
    let_go = asyncio.Event()
    full = asyncio.Event()

    async def slow(seconds: float) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 2:
            full.set()
        await let_go.wait()
        running -= 1
        return "answer"

    calls = [asyncio.create_task(one.call("answer", quick(), slow)) for _ in range(6)]
    await full.wait()
    let_go.set()
    assert await asyncio.gather(*calls) == ["answer"] * 6
    assert most == 2


async def test_a_cancelled_request_gives_its_place_back(alarms: Alarms) -> None:
    one = gate(alarms, concurrency=1)
    begun = asyncio.Event()

    async def stuck(seconds: float) -> str:
        begun.set()
        return await asyncio.Future[str]()

    task = asyncio.create_task(one.call("answer", quick(), stuck))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await one.call("answer", quick(), Server()) == "answer"
