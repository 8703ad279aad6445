"""The loop that looks at web pages again, and soon at those that somebody has just named."""

import asyncio
from typing import Final

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.telemetry.outage import Outage
from supportbot.indexer.use_cases.look_at_sources import LookAtSources

LOOK_S: Final = 2.0


class WebLoop:
    """Runs beside the watch of the folder, which sees what has changed."""

    def __init__(self, look: LookAtSources) -> None:
        self._look = look

    async def run(self) -> None:
        """Look until cancelled."""
        outage = Outage("Web pages cannot be looked at now", "Web pages are looked at again")
        while True:
            try:
                await self._look()
                outage.over()
            except DatabaseUnavailableError as error:
                outage.met(error)
            await asyncio.sleep(LOOK_S)
