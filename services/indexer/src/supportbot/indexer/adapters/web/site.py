"""What a site says of itself: which pages may be fetched, and which there are."""

import asyncio
from typing import Final, Self
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from supportbot.indexer.adapters.readers.packages import parsed_xml
from supportbot.indexer.adapters.web.fetching import Fetcher
from supportbot.indexer.domain.web_pages import AGENT, WebPage, WebPageError, canonical, is_of_one_site

MOST_PAGES: Final = 500
MOST_SITEMAPS: Final = 20
_LONGEST_PAUSE_S: Final = 10.0
_CLIENT_ERRORS: Final = range(400, 500)


class PoliteWeb:
    """Web; the rules of each site are asked once."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._rules: dict[str, RobotFileParser] = {}

    async def __aenter__(self) -> Self:
        await self._fetcher.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._fetcher.__aexit__(*error)

    async def fetch(self, address: str, *, etag: str = "", modified: str = "") -> WebPage | None:
        """See Web; the rules are those of the place to which a page has moved as well."""
        rules = await self._allowed(address)
        pause = rules.crawl_delay(AGENT)
        if pause:
            await asyncio.sleep(min(float(pause), _LONGEST_PAUSE_S))
        page = await self._fetcher.fetch(address, etag=etag, modified=modified)
        if page is not None and page.address != canonical(address):
            await self._allowed(page.address)
        return page

    async def _allowed(self, address: str) -> RobotFileParser:
        rules = await self._rules_of(address)
        if not rules.can_fetch(AGENT, address):
            raise WebPageError("web_robots", address=address)
        return rules

    async def named_by(self, source: str) -> list[str]:
        """See Web."""
        pages: dict[str, None] = {}
        waiting, left = [source] if urlsplit(source).path.endswith(".xml") else [], MOST_SITEMAPS
        while waiting and left and len(pages) < MOST_PAGES:
            sitemap, left = waiting.pop(0), left - 1
            page = await self.fetch(sitemap)
            is_index, addresses = _listed(page.content if page else b"")
            near = [one for one in _canonicals(addresses) if is_of_one_site(one, sitemap)]
            if is_index:
                waiting += near
            else:
                pages.update(dict.fromkeys(near))
        return list(pages)[:MOST_PAGES]

    async def _rules_of(self, address: str) -> RobotFileParser:
        parts = urlsplit(canonical(address))
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._rules:
            rules = RobotFileParser()
            try:
                page = await self._fetcher.fetch(urljoin(site, "/robots.txt"))
                rules.parse((page.content if page else b"").decode("utf-8", "replace").splitlines())
            except WebPageError as error:
                if error.status not in _CLIENT_ERRORS:
                    raise  # while its rules cannot be had nothing of a site is fetched
                rules.parse([])
            self._rules[site] = rules
        return self._rules[site]


def _listed(content: bytes) -> tuple[bool, list[str]]:
    """Whether a sitemap is a list of others, and the addresses in it."""
    root = parsed_xml(content)
    places = [] if root is None else list(root.iter("{*}loc", "loc"))
    is_index = root is not None and str(root.tag).endswith("sitemapindex")
    return is_index, [str(place.text or "").strip() for place in places]


def _canonicals(addresses: list[str]) -> list[str]:
    found = []
    for address in addresses:
        try:
            found.append(canonical(address))
        except WebPageError:
            continue
    return found
