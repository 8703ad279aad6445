"""Fetch the pages of sources: what has changed becomes a document, what is gone disappears, the rest is not touched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from supportbot.common.telemetry.logging import logger
from supportbot.indexer.domain.web_pages import WebPageError, canonical
from supportbot.indexer.web_ports import Web, WebPages

_GONE = (404, 410)
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What became of a page."""

    address: str
    file: str = ""
    """Below the folder of pages; empty where there is none."""
    error: str = ""


class FetchPages:
    """A source is a page, or a sitemap that names pages of its own site."""

    def __init__(self, pages: WebPages, web: Callable[[], Web]) -> None:
        self._pages = pages
        self._web = web

    async def __call__(self, sources: Sequence[str]) -> list[FetchedPage]:
        """Fetch sources now; nothing where another process is at it."""
        with self._pages.held() as is_ours:
            if not is_ours:
                return []
            fetched: list[FetchedPage] = []
            async with self._web() as web:
                for source in sources:
                    fetched += await self._source(web, source)
            return fetched

    async def _source(self, web: Web, source: str) -> list[FetchedPage]:
        try:
            source = canonical(source)
            addresses = await web.named_by(source) or [source]
        except WebPageError as error:
            return [self._failed(source, error)]
        fetched = [await self._page(web, address, source) for address in addresses]
        self._pages.finish(source, addresses)
        return fetched

    async def _page(self, web: Web, address: str, source: str) -> FetchedPage:
        try:
            etag, modified = self._pages.known(address)
            page = await web.fetch(address, etag=etag, modified=modified)
            file = self._pages.keep(address, page, source)
        except WebPageError as error:
            if error.status in _GONE:
                self._pages.drop(address)
            return self._failed(address, error)
        return FetchedPage(address, file)

    def _failed(self, address: str, error: WebPageError) -> FetchedPage:
        _log.warning("A web page could not be fetched", address=address, error=str(error))
        return FetchedPage(address, error=str(error))
