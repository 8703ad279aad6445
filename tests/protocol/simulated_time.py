"""The world's time: it stands still until somebody lets it pass."""

import asyncio

from supportbot.common.database.transactions import Database
from tests.protocol.moments import let_time_pass


class Time:
    """A monotonic clock for the actors, kept in step with the moments in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._moment = 0.0
        self._passed = asyncio.Condition()

    def monotonic(self) -> float:
        """Seconds since the world began."""
        return self._moment

    async def sleep(self, seconds: float) -> None:
        """Wait until at least that much time has passed."""
        until = self._moment + seconds
        async with self._passed:
            await self._passed.wait_for(lambda: self._moment >= until)

    async def advance(self, seconds: float) -> None:
        """Let time pass for everybody. The actors' clock is never ahead of the database's."""
        await let_time_pass(self._database, seconds)
        async with self._passed:
            self._moment += seconds
            self._passed.notify_all()

    async def jump(self, seconds: float) -> None:
        """Set the database's clock forward, or back where negative. The actors' own clocks do not notice."""
        await let_time_pass(self._database, seconds)
