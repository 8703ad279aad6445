"""Everything that stands around the protocol in a run."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.ids import BotId
from tests.protocol.faults import CrashError, FaultyDatabase, Injector
from tests.protocol.simulated_time import Time
from tests.protocol.wire import Wire

BOTS = (BotId("1001"), BotId("1002"))
Actor = Callable[["World"], Awaitable[None]]


@dataclass
class World:
    """A run: the real database below the faults, the time, the wire and what was asked so far."""

    seed: int
    real: Database
    crashes: Injector
    trouble: float = 0.3
    rng: random.Random = field(init=False)
    database: Database = field(init=False)
    time: Time = field(init=False)
    wire: Wire = field(init=False)
    accepted: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.database = FaultyDatabase(self.real, self.crashes)
        self.time = Time(self.real)
        self.wire = Wire(self.rng, self.time, self.trouble)

    def count(self, what: str) -> None:
        """Count something, so that a run can show that it happened at all."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def maybe(self, probability: float) -> bool:
        return self.rng.random() < probability

    def calm(self) -> None:
        """No more faults: from here everything must settle."""
        self.crashes.calm()
        self.wire.trouble = 0.0

    async def keep_alive(self, actor: Actor) -> None:
        """Run an actor for ever; what dies is started anew, without its memory."""
        while True:
            try:
                await actor(self)
            except CrashError:
                self.count("crashes")
            except DatabaseUnavailableError:
                self.count("database away")
            await asyncio.sleep(0)
