"""Redis forgets everything, hangs or is away: it holds nothing that is needed, and Telegram's limits least of all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from redis.asyncio import Redis

from tests.fakes.telegram.chats import Sent
from tests.faults.conftest import StartSystem
from tests.faults.lengths import lasting
from tests.faults.system import System

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
CROWD = range(2001, 2061)
ASKED = ("How do I return an item?", "How much does delivery cost?", "Hello")
PER_SECOND, APART_S = 30, 1.0
"""Telegram's limits for a bot and for one chat."""
ON_THE_WAY_S = 0.1
"""So much longer one request may be on its way than the next one, on a busy machine."""
ROUNDS = int(lasting(3, 12))
AWAY = {
    "flushed": "FLUSHALL ten times a second",
    "hanging": "every link to it holds back all bytes",
    "away": "every link to it is refused",
}


@pytest.mark.parametrize("how", AWAY)
@pytest.mark.fault("F39", "Redis is flushed, hangs or is away", "while sixty people ask in Telegram, three times each")
async def test_without_redis_everybody_is_answered_within_telegrams_limits(start_system: StartSystem, how: str) -> None:
    system = await start_system(ANSWER_CACHE="true")
    for chat in CROWD:
        system.telegram.add_user(chat, f"One of many {chat}")
    async with in_trouble(system, how), system.goes_on(answering=True):
        for number in range(ROUNDS):
            for chat in CROWD:
                system.telegram.user_says(chat, ASKED[number % len(ASKED)])
            await asyncio.sleep(2)
        await system.until_quiet()
        replies = [system.telegram.sent(chat) for chat in CROWD]
    busiest, gap_s = most_in_a_second(system.telegram.sent()), min(map(smallest_gap_s, replies))
    refused = sum(call.status == 429 for call in system.telegram.calls())
    system.saw(f"{AWAY[how]}: {sum(map(len, replies))} replies to {len(replies)} people")
    system.saw(f"at most {busiest} in a second, {gap_s:.2f} s apart in a chat, {refused} refused by Telegram")
    assert all(replies)
    assert busiest <= PER_SECOND
    assert gap_s >= APART_S - ON_THE_WAY_S
    await system.asks_again_and_recovers()


@asynccontextmanager
async def in_trouble(system: System, how: str) -> AsyncIterator[None]:
    """Redis is as the word says, until the end of the block."""
    links = system.links.to("redis")
    if how == "flushed":
        flushing = asyncio.create_task(_flush_for_ever(system))
        yield
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)
        return
    if how == "hanging":
        links.hang()
    else:
        await links.refuse()
    yield
    await links.mend()


async def _flush_for_ever(system: System) -> None:
    settings = system.process("gateway").settings
    async with Redis(
        host=settings["REDIS_HOST"], port=int(settings["REDIS_PORT"]), password=settings["REDIS_PASSWORD"]
    ) as redis:
        while True:
            await redis.flushall()
            await asyncio.sleep(0.1)


def most_in_a_second(messages: Sequence[Sent]) -> int:
    """The most messages that Telegram got within any one second."""
    moments: list[datetime] = sorted(message.at for message in messages)
    second = timedelta(seconds=1)
    return max(sum(begin <= other < begin + second for other in moments) for begin in moments)


def smallest_gap_s(messages: Sequence[Sent]) -> float:
    """The shortest time between two messages to one chat."""
    gaps = [(later.at - earlier.at).total_seconds() for earlier, later in pairwise(messages)]
    return min(gaps, default=float("inf"))
