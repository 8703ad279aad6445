"""Who writes too fast waits a while, is told so once a minute, and pays for no update twice."""

from supportbot.common.cache.memory import MemoryCache
from supportbot.common.ids import BotId
from supportbot.gateway.use_cases.pace_people import LONGEST_WAIT_S, Pace, Pacing

BOT, OTHER_BOT = BotId("1"), BotId("2")


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


async def test_what_is_beyond_the_limit_waits_and_the_first_of_it_is_told() -> None:
    clock = Clock()
    pacing = Pacing(MemoryCache(clock), 2)
    paces = []
    for update in range(4):
        paces.append(await pacing.pace(BOT, update, "anna"))
        clock.now_s += 15
    assert paces == [Pace(), Pace(), Pace(LONGEST_WAIT_S, tell=True), Pace(15.0)]
    assert await pacing.pace(BOT, 4, "anna") == Pace()


async def test_a_longer_flood_is_told_once_a_minute() -> None:
    clock = Clock()
    pacing = Pacing(MemoryCache(clock), 1)
    told = []
    for update in range(120):
        told.append((await pacing.pace(BOT, update, "anna")).tell)
        clock.now_s += 1
    assert sum(told) == 2


async def test_nobody_pays_for_others_or_at_another_bot() -> None:
    pacing = Pacing(MemoryCache(Clock()), 1)
    assert await pacing.pace(BOT, 1, "anna") == Pace()
    assert await pacing.pace(BOT, 2, "boris") == Pace()
    assert await pacing.pace(OTHER_BOT, 1, "anna") == Pace()
    assert (await pacing.pace(BOT, 3, "anna")).wait_s > 0


async def test_an_update_that_comes_again_gets_the_same_answer_and_costs_nothing() -> None:
    pacing = Pacing(MemoryCache(Clock()), 2)
    for _ in range(100):
        assert await pacing.pace(BOT, 1, "anna") == Pace()
    assert await pacing.pace(BOT, 2, "anna") == Pace()
    beyond = await pacing.pace(BOT, 3, "anna")
    assert beyond.tell
    assert await pacing.pace(BOT, 3, "anna") == beyond
