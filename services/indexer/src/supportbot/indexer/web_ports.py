"""What the indexer needs of the web, and where it keeps what it found there."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, Self

from supportbot.common.database.web_sources import WebSource
from supportbot.indexer.domain.web_pages import WebPage


class Web(Protocol):
    """The web, asked politely and only where that is allowed; used as a context."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *error: object) -> None: ...

    async def fetch(self, address: str, *, etag: str = "", modified: str = "") -> WebPage | None:
        """A page; None where it is as it was when it had this `etag` or was `modified` then. Raises WebPageError."""
        ...

    async def named_by(self, source: str) -> list[str]:
        """The pages of its own site that a sitemap names; none where the source is no sitemap. Raises WebPageError."""
        ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a source found: pages that are documents, pages that failed, and why the first of those did."""

    pages: int
    failed: int
    error: str


class WebSources(Protocol):
    """Pages and sitemaps that somebody wants fetched."""

    async def all(self) -> Sequence[WebSource]:
        """Every one, also those that are to go."""
        ...

    async def due(self) -> Sequence[str]:
        """Those that are to be looked at now."""
        ...

    async def adopt(self, origin: str, looked_at: Mapping[str, float], again_s: float) -> None:
        """Take sources in that were named elsewhere, with when they were looked at last, and when again after that."""
        ...

    async def begin(self, address: str) -> bool:
        """Begin to look at one; False where nobody wants it any more."""
        ...

    async def end(self, address: str, looked: Looked | None, again_s: float) -> None:
        """Store what was found; None where somebody else was at it."""
        ...

    async def forget(self, address: str) -> None:
        """One is gone with its pages."""
        ...


class WebPages(Protocol):
    """Pages that were fetched, as documents."""

    def held(self) -> AbstractContextManager[bool]:
        """Hold the pages, so that nobody else changes them; False where somebody else does."""
        ...

    def looked_at(self) -> Mapping[str, float]:
        """When each source was looked at last, in seconds since 1970."""
        ...

    def forget(self, source: str) -> bool:
        """Let a source go with its pages; False where somebody else holds them."""
        ...

    def known(self, address: str) -> tuple[str, str]:
        """By what the server knows the content that is kept of a page: `etag` and `modified`, empty where it is not."""
        ...

    def keep(self, address: str, page: WebPage | None, source: str) -> str:
        """Store a page, or None for one that is unchanged; returns its file below the documents folder.

        Raises:
            WebPageError: it is of no kind that is read.
        """
        ...

    def drop(self, address: str) -> None:
        """A page is gone."""
        ...

    def finish(self, source: str, addresses: Sequence[str]) -> None:
        """A source was looked at, and has these pages; others that it had are gone."""
        ...
