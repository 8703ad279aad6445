"""An operator in front of the inbox, as a browser without scripts uses it."""

import asyncio
import html
import re
from typing import Self

import httpx
from httpx_sse import aconnect_sse

LOOK_EVERY_S = 0.05


class Operator:
    """A browser on the same machine with the inbox open."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=20)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def waiting(self) -> list[str]:
        """The conversations in which somebody waits for a person."""
        page = await self._client.get("/inbox")
        page.raise_for_status()
        return list(dict.fromkeys(re.findall(r"/inbox/([0-9a-f-]{36})", page.text)))

    async def open(self, conversation_id: str) -> str:
        """A conversation's side of the page; the list beside it shows the newest words of others."""
        page = await self._client.get(f"/inbox/{conversation_id}", headers={"X-Piece": "pane"})
        page.raise_for_status()
        return html.unescape(page.text)

    async def find(self, question: str, *, within_s: float = 10.0) -> str:
        """The waiting conversation in which this was asked."""
        async with asyncio.timeout(within_s):
            while True:
                for conversation_id in await self.waiting():
                    if question in await self.open(conversation_id):
                        return conversation_id
                await asyncio.sleep(LOOK_EVERY_S)

    async def hears_of(self, question: str, *, within_s: float = 15.0) -> None:
        """Return when the open page is told, without asking, of a list with this question in it."""
        async with asyncio.timeout(within_s), aconnect_sse(self._client, "GET", "/inbox/events") as source:
            async for event in source.aiter_sse():
                if event.event == "list" and question in html.unescape(event.json()["html"]):
                    return

    async def reply(self, conversation_id: str, text: str, *, client_id: str = "") -> httpx.Response:
        """Reply to what is on the screen now."""
        seen = re.search(r'name="seen"[^>]*value="(\d+)"', await self.open(conversation_id))
        assert seen is not None, "the page does not say what is on it"
        fields = {"text": text, "seen": seen.group(1), **({"client_id": client_id} if client_id else {})}
        return await self._client.post(f"/inbox/{conversation_id}/reply", json=fields)

    async def change(self, conversation_id: str, change: str) -> httpx.Response:
        """take-over, hand-back or close."""
        return await self._client.post(f"/inbox/{conversation_id}/{change}")
