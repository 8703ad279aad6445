"""Kills services and servers, one after the other, at moments that a seed decides."""

import asyncio
import itertools
import random
import time
from dataclasses import dataclass, field

from tests.soak.system import SoakSystem

VICTIMS = ("gateway", "answerer", "broker", "postgres", "indexer", "gateway 2", "answerer 2")
AWAY_S = (0.2, 3.0)
CATCHING_UP_S = 5.0
"""After a server is back, what was refused meanwhile comes again, all at once."""


@dataclass
class Killer:
    """The same seed gives the same victims and pauses."""

    system: SoakSystem
    chance: random.Random
    killed: list[tuple[float, str]] = field(default_factory=list)
    """When, by time.monotonic, and what."""
    away: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: {"postgres": [], "broker": []})
    """From when to when each server was away or catching up, by time.monotonic."""

    async def kill_over(self, questions: int, kills: int) -> None:
        """Kill so often, spread over the time in which so many questions are asked."""
        names = list(itertools.islice(itertools.cycle(VICTIMS), kills))
        self.chance.shuffle(names)
        for number, name in enumerate(names):
            at = questions * (number + self.chance.uniform(0.3, 0.9)) / kills
            await self._until_asked(at)
            await self.kill(name)

    async def kill(self, name: str) -> None:
        """Kill one, let it be away for a while, and start it again."""
        self.killed.append((time.monotonic(), name))
        away_s = self.chance.uniform(*AWAY_S)
        if name in self.away:
            began = time.monotonic()
            server = self.system.database if name == "postgres" else self.system.broker
            await server.kill()
            await asyncio.sleep(away_s)
            await server.start()
            self.away[name].append((began, time.monotonic() + CATCHING_UP_S))
        else:
            process = self.system.services.of[name]
            await process.kill()
            await asyncio.sleep(away_s)
            process.launch()

    def was_away(self, at: float, *names: str) -> bool:
        """Whether one of these servers was away at this moment, or just back."""
        return any(began <= at <= ended for name in names for began, ended in self.away[name])

    def killed_before(self, at: float) -> str:
        """What was killed last before this moment."""
        return max((when, name) for when, name in [(0.0, "nothing"), *self.killed] if when <= at)[1]

    async def _until_asked(self, questions: float) -> None:
        while self.system.people.questions < questions:  # noqa: ASYNC110  # who writes rings no bell
            await asyncio.sleep(0.05)
