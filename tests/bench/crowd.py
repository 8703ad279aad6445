"""People who ask a bot in Telegram: at a steady rate, or so many at once, and how long each waits for the reply.

The fake Bot API runs in the same process as the people, and nothing of it in the bot's.
"""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from tests.fakes.telegram.server import FakeTelegram

PEOPLE = 600
"""So many that nobody gets two replies within a second, which Telegram does not allow."""
FIRST_PERSON = 50_000
PATIENCE_S = 30.0


@dataclass
class Waits:
    """What was measured: seconds from a message to its reply, and what the crowd and its Telegram used for it."""

    seconds: list[float] = field(default_factory=list)
    lasted_s: float = 0.0
    own_cpu_s: float = 0.0

    @property
    def per_second(self) -> float:
        """Replies per second."""
        return len(self.seconds) / self.lasted_s


class Crowd:
    """Asks the sample's questions, everybody in turn, nobody anew before the reply is there."""

    def __init__(self, telegram: FakeTelegram, questions: Sequence[str]) -> None:
        self._telegram = telegram
        self._questions = itertools.cycle(questions)
        self._people = itertools.cycle(range(FIRST_PERSON, FIRST_PERSON + PEOPLE))
        self._asked: dict[int, asyncio.Future[None]] = {}
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        for person in range(FIRST_PERSON, FIRST_PERSON + PEOPLE):
            self._telegram.add_user(person)
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._watching is not None
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)

    async def ask(self) -> float:
        """One question of the next person. Returns the seconds until the reply."""
        person = next(self._people)
        replied = self._asked[person] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self._telegram.user_says(person, next(self._questions))
        async with asyncio.timeout(PATIENCE_S):
            await replied
        return time.perf_counter() - began

    async def steadily(self, rate_per_s: float, seconds: float) -> Waits:
        """So many questions a second, whether or not the replies keep up."""
        waits = Waits()

        async def one() -> None:
            waits.seconds.append(await self.ask())

        began, spent = time.perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as group:
            for number in range(round(rate_per_s * seconds)):
                await asyncio.sleep(max(0.0, began + number / rate_per_s - time.perf_counter()))
                group.create_task(one())
        waits.lasted_s, waits.own_cpu_s = time.perf_counter() - began, time.process_time() - spent
        return waits

    async def at_once(self, people: int, seconds: float) -> Waits:
        """So many people who wait for a reply at every moment."""
        waits = Waits()
        began, spent = time.perf_counter(), time.process_time()

        async def ask_again() -> None:
            while time.perf_counter() < began + seconds:
                waits.seconds.append(await self.ask())

        async with asyncio.TaskGroup() as group:
            for _ in range(people):
                group.create_task(ask_again())
        waits.lasted_s, waits.own_cpu_s = time.perf_counter() - began, time.process_time() - spent
        return waits

    async def _watch(self) -> None:
        """Tell everybody whose reply came."""
        sent, seen = self._telegram.world.sent, 0

        def new() -> int | None:
            return len(sent) if len(sent) > seen else None

        while True:
            upto = await self._telegram.wait_until(new, 3600)
            for message in sent[seen:upto]:
                replied = self._asked.pop(message.chat_id, None)
                if replied is not None and not replied.done():
                    replied.set_result(None)
            seen = upto
