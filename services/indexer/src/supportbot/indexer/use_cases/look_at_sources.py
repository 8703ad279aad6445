"""Look at the sources of web pages that are due, and let those go that nobody wants any more."""

from collections.abc import Sequence
from typing import Final

from supportbot.indexer.domain.web_pages import canonical
from supportbot.indexer.use_cases.fetch_pages import FetchedPage, FetchPages
from supportbot.indexer.web_ports import Looked, WebPages, WebSources

RETRY_S: Final = 900.0
"""A source that could not be had is asked again after a while, and not at every look."""


class LookAtSources:
    """Those of the settings, those given by a command and those that operators named are all in one list."""

    def __init__(
        self, fetch: FetchPages, pages: WebPages, sources: WebSources, given: Sequence[str], refresh_s: float
    ) -> None:
        """`given`: of the settings; `refresh_s`: after how long pages are looked at again."""
        self._fetch = fetch
        self._pages = pages
        self._sources = sources
        self._given = given
        self._refresh_s = refresh_s

    async def __call__(self) -> None:
        """Once over all of them."""
        known = await self._sources.all()
        await self._adopt({one.address for one in known})
        for source in known:
            if source.removing and self._pages.forget(source.address):
                await self._sources.forget(source.address)
        for address in await self._sources.due():
            await self._look(address)

    async def _adopt(self, known: set[str]) -> None:
        """Sources that the database does not know yet."""
        looked_at = self._pages.looked_at()
        given = {canonical(address): looked_at.get(canonical(address), 0.0) for address in self._given}
        for origin, found in (("setting", given), ("command", looked_at)):
            unknown = {address: at for address, at in found.items() if address not in known}
            if unknown:
                await self._sources.adopt(origin, unknown, self._refresh_s)
                known |= unknown.keys()

    async def _look(self, address: str) -> None:
        if not await self._sources.begin(address):
            return
        fetched = await self._fetch([address])
        looked = _looked(fetched) if fetched else None
        is_whole = looked is not None and looked.pages > 0
        await self._sources.end(address, looked, self._refresh_s if is_whole else RETRY_S)


def _looked(fetched: Sequence[FetchedPage]) -> Looked:
    failed = [page.error for page in fetched if page.error]
    return Looked(len(fetched) - len(failed), len(failed), failed[0] if failed else "")
