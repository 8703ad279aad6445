"""Fetches a page: bounded in time and size; redirects are followed by hand, so that each place is checked."""

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from typing import Final, Self
from urllib.parse import urljoin

import httpcore

from supportbot.indexer.adapters.web.addresses import PublicAddressesOnly
from supportbot.indexer.domain.web_pages import AGENT, WebPage, WebPageError, canonical

TIME_LIMIT_S: Final = 20.0
MOST_REDIRECTS: Final = 5
_STEP_S: Final = 10.0
_MEGABYTE: Final = 1024**2
_OK, _UNCHANGED, _REDIRECTS = 200, 304, (301, 302, 303, 307, 308)


class Fetcher:
    """Use it as `async with Fetcher(...)`."""

    def __init__(self, allowed: Iterable[str], limit: int, *, time_limit_s: float = TIME_LIMIT_S) -> None:
        """`limit`: bytes of the largest page."""
        self._limit = limit
        self._time_limit_s = time_limit_s
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(), max_connections=4, network_backend=PublicAddressesOnly(allowed)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.aclose()

    async def fetch(self, address: str, *, etag: str = "", modified: str = "") -> WebPage | None:
        """A page; None where it is as it was when it had this `etag` or was `modified` then.

        Raises:
            WebPageError: it is not there, too large, too slow, elsewhere than allowed, or cannot be had now.
        """
        asked = {"If-None-Match": etag, "If-Modified-Since": modified}
        try:
            async with asyncio.timeout(self._time_limit_s):
                return await self._follow(canonical(address), {name: value for name, value in asked.items() if value})
        except TimeoutError as error:
            raise WebPageError("web_too_slow", address=address, seconds=f"{self._time_limit_s:.0f}") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise WebPageError("web_unreachable", address=address, error=type(error).__name__) from error

    async def _follow(self, address: str, asked: Mapping[str, str]) -> WebPage | None:
        for _ in range(MOST_REDIRECTS + 1):
            found = await self._get(address, asked)
            if not isinstance(found, str):
                return found
            address = canonical(urljoin(address, found))
        raise WebPageError("web_redirects", address=address, limit=MOST_REDIRECTS)

    async def _get(self, address: str, asked: Mapping[str, str]) -> WebPage | str | None:
        """The page, or the place to which it has moved."""
        headers = {"User-Agent": AGENT, "Accept": "text/html, application/pdf;q=0.9, */*;q=0.5", **asked}
        headers |= {"Accept-Encoding": "identity"}  # so that no small answer unpacks to a large one
        limits = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), _STEP_S)}
        async with self._pool.stream("GET", address, headers=list(headers.items()), extensions=limits) as response:
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            if response.status == _UNCHANGED and asked:
                return None
            if response.status in _REDIRECTS and told.get("location"):
                return told["location"]
            if response.status != _OK:
                raise WebPageError("web_status", address=address, status=response.status)
            content = await self._body(address, response, told)
        kind, _, options = told.get("content-type", "").partition(";")
        _, _, charset = options.partition("charset=")
        named = charset.split(";")[0].strip(" \"'")
        return WebPage(
            address, content, kind.strip().lower(), named, told.get("etag", ""), told.get("last-modified", "")
        )

    async def _body(self, address: str, response: httpcore.Response, told: Mapping[str, str]) -> bytes:
        if told.get("content-encoding", "identity") not in ("identity", ""):
            raise WebPageError("web_unreachable", address=address, error=f"Content-Encoding {told['content-encoding']}")
        content = bytearray()
        async for piece in response.aiter_stream():
            content += piece
            if len(content) > self._limit:
                raise WebPageError("web_too_large", address=address, limit=max(1, self._limit // _MEGABYTE))
        return bytes(content)
