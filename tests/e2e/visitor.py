"""Someone in front of the web chat: a cookie, a stream that comes back by itself, and questions."""

import asyncio
import contextlib
import html
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar

import httpx
from httpx_sse import EventSource, ServerSentEvent, SSEError, aconnect_sse

from tests.fakes.pulse import Pulse

RECONNECT_AFTER_S = 0.1
ANSWER_WITHIN_S = 15.0
STREAM_TIMEOUT = httpx.Timeout(20, read=60)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Entry:
    """One message or reply as the page shows it."""

    author: str
    """visitor, machine or person"""
    number: int
    """The message's or the reply's place in the conversation."""
    html: str

    @property
    def text(self) -> str:
        """What can be read of it, in one line."""
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.html)).split())

    @property
    def sources(self) -> list[str]:
        """The titles of its sources."""
        return [html.unescape(title) for title in re.findall(r'class="chip__title"[^>]*>([^<]*)<', self.html)]

    @property
    def is_handover(self) -> bool:
        """Whether it says that a person answers."""
        return "entry--handover" in self.html

    @property
    def reply_key(self) -> str:
        """What a vote on it names; empty where it cannot be rated."""
        found = re.search(r'data-key="([^"]+)"', self.html)
        return found.group(1) if found else ""


class Visitor:
    """A browser with the chat open; `async with` opens and closes the page."""

    def __init__(self, base_url: str, *, language: str = "en") -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, trust_env=False, timeout=20, headers={"Accept-Language": language}
        )
        self._numbers = itertools.count(1)
        self._stream: asyncio.Task[None] | None = None
        self._cursor = "0.0"
        self.changed = Pulse()
        self.entries: list[Entry] = []
        self.state = ""
        self.lost_streams = 0

    async def __aenter__(self) -> Self:
        page = await self._client.get("/", headers={"Accept": "text/html"})
        page.raise_for_status()
        self.come_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.lose_connection()
        await self._client.aclose()

    async def lose_connection(self) -> None:
        """Hear no more of what happens, as a page whose network is away; messages can still be sent."""
        if self._stream is not None:
            self._stream.cancel()
            await asyncio.gather(self._stream, return_exceptions=True)
            self._stream = None

    def come_back(self) -> None:
        """Hear again, from where the page left off."""
        self._stream = asyncio.create_task(self._listen_forever())

    async def reloaded(self) -> str:
        """The page as it comes when it is loaded again."""
        page = await self._client.get("/", headers={"Accept": "text/html"})
        page.raise_for_status()
        return html.unescape(page.text)

    @property
    def key(self) -> str:
        """The cookie by which the product knows this visitor."""
        return self._client.cookies["supportbot_visitor"]

    @property
    def replies(self) -> list[Entry]:
        """What the visitor got, in the order in which it came."""
        return [entry for entry in self.entries if entry.author != "visitor"]

    async def say(self, text: str, *, client_id: str = "") -> httpx.Response:
        """Send a message once and return the answer to it, whatever it is."""
        fields = {"text": text, "client_id": client_id or f"m{next(self._numbers)}"}
        return await self._client.post("/chat/messages", json=fields)

    async def say_until_accepted(self, text: str) -> int:
        """Send a message as the page does: again under the same id until it is accepted. Returns its number."""
        client_id = f"m{next(self._numbers)}"
        while True:
            with contextlib.suppress(httpx.TransportError):
                response = await self.say(text, client_id=client_id)
                if response.status_code == httpx.codes.ACCEPTED:
                    return int(response.json()["seq"])
            await asyncio.sleep(RECONNECT_AFTER_S)

    async def ask(self, text: str, *, within_s: float = ANSWER_WITHIN_S) -> Entry:
        """Ask and return the next reply."""
        seen = len(self.replies)
        response = await self.say(text)
        assert response.status_code == httpx.codes.ACCEPTED, response.text
        return await self.reply_after(seen, within_s=within_s)

    async def call_person(self) -> httpx.Response:
        """Press “Talk to a person”."""
        return await self._client.post("/chat/person", json={"client_id": f"p{next(self._numbers)}"})

    async def rate(self, entry: Entry, vote: int) -> httpx.Response:
        """Press 👍 (1) or 👎 (-1)."""
        return await self._client.post("/chat/feedback", json={"reply_key": entry.reply_key, "vote": str(vote)})

    async def reply_after(self, seen: int, *, within_s: float = ANSWER_WITHIN_S) -> Entry:
        """The reply that comes after the first `seen` ones."""
        return await self.until(lambda: self.replies[seen] if len(self.replies) > seen else None, within_s)

    async def until(self, look: Callable[[], Found | None], within_s: float = ANSWER_WITHIN_S) -> Found:
        """The first non-None value of `look`, asked again whenever something came."""
        return await self.changed.until(look, within_s)

    async def _listen_forever(self) -> None:
        while True:
            with contextlib.suppress(httpx.TransportError, SSEError):
                headers = {"Last-Event-ID": self._cursor}
                timeout = httpx.Timeout(20, read=60)
                async with aconnect_sse(
                    self._client, "GET", "/chat/events", headers=headers, timeout=timeout
                ) as source:
                    await self._read(source)
            self.lost_streams += 1
            await asyncio.sleep(RECONNECT_AFTER_S)

    async def _read(self, source: EventSource) -> None:
        async for event in source.aiter_sse():
            self._take(event)
            self.changed.beat()

    def _take(self, event: ServerSentEvent) -> None:
        if event.event == "state":
            self.state = str(event.json()["state"])
        elif event.event == "entry":
            data = json.loads(event.data)
            self._cursor = event.id
            self.entries.append(Entry(data["author"], int(data.get("out") or data.get("seq")), data["html"]))
