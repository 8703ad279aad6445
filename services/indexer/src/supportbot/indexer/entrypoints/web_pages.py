"""The loop that looks at web pages again: those of the settings and those that were given by a command."""

import asyncio
from collections.abc import Sequence

from supportbot.indexer.ports import WebPages
from supportbot.indexer.use_cases.fetch_pages import FetchPages

LOOK_S = 60.0
RETRY_S = 900.0
"""A source that could not be had is asked again after a while, and not at every look."""


class WebLoop:
    """Runs beside the watch of the folder, which sees what has changed."""

    def __init__(self, fetch: FetchPages, pages: WebPages, sources: Sequence[str], refresh_s: float) -> None:
        self._fetch = fetch
        self._pages = pages
        self._sources = sources
        self._refresh_s = refresh_s

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            due = await asyncio.to_thread(self._pages.due, self._sources, self._refresh_s)
            failed = any(page.error for page in await self._fetch(due)) if due else False
            await asyncio.sleep(RETRY_S if failed else LOOK_S)
