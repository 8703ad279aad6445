"""Keeps the questions that somebody new may tap in step with the documents."""

import asyncio
from collections.abc import Awaitable, Callable

from supportbot.common.bus.port import Bus
from supportbot.common.contracts import DocumentIndexed, DocumentRemoved, DocumentRestricted, Event
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.telemetry.outage import Outage

LOOK_EVERY_S = 30.0


class StartersWatch:
    """Looks when documents change, and by itself: events may be lost, and documents expire without one."""

    def __init__(self, refresh: Callable[[], Awaitable[None]], bus: Bus) -> None:
        """`refresh` looks at the documents once. Before the bus starts."""
        self._refresh = refresh
        self._changed = asyncio.Event()
        self._outage = Outage("Questions to tap wait for the database", "Questions to tap are up to date again")
        bus.listen((DocumentIndexed, DocumentRemoved, DocumentRestricted), self._look_soon)

    async def look(self) -> None:
        """Look once; what cannot be seen now is seen later."""
        self._changed.clear()
        try:
            await self._refresh()
            self._outage.over()
        except DatabaseUnavailableError as error:
            self._outage.met(error)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._changed.wait()
            except TimeoutError:
                pass
            await self.look()

    async def _look_soon(self, _event: Event) -> None:
        self._changed.set()
