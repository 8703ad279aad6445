"""The pages that are open in this process, and one look for all of them at what no live event told of."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.web.doorbell import Doorbell
from supportbot.gateway.domain.timeline import Standing
from supportbot.gateway.web_ports import WebConversations

LOOK_EVERY_S = 2.0
_BATCH = 500
_UNKNOWN = Standing()


@dataclass(eq=False, slots=True)
class OpenPage:
    """A page that hears what happens in its conversation."""

    told: Standing | None = None
    """Where the conversation stood when the page looked last."""


class OpenPages:
    """Rings at the pages whose conversation has changed since they looked."""

    def __init__(self, conversations: WebConversations, bell: Doorbell) -> None:
        self._conversations = conversations
        self._bell = bell
        self._pages: defaultdict[str, set[OpenPage]] = defaultdict(set)
        self._addresses: Counter[str] = Counter()

    def count(self, chat: str) -> int:
        """How many pages a visitor has open."""
        return len(self._pages.get(chat, ()))

    def count_from(self, address: str) -> int:
        """How many pages are open at an address."""
        return self._addresses[address]

    @property
    def total(self) -> int:
        """How many pages are open in this process."""
        return self._addresses.total()

    @contextmanager
    def opened(self, chat: str, address: str = "") -> Iterator[OpenPage]:
        """Count a page while it is open."""
        page = OpenPage()
        self._pages[chat].add(page)
        self._addresses[address] += 1
        try:
            yield page
        finally:
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]
            self._pages[chat].discard(page)
            if not self._pages[chat]:
                del self._pages[chat]

    async def look_forever(self) -> None:
        """Look every two seconds."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Look at all conversations at once: looks of each page's own would cost more than the answers."""
        chats = list(self._pages)
        for begin in range(0, len(chats), _BATCH):
            await self._look_at(chats[begin : begin + _BATCH])

    async def _look_at(self, chats: Sequence[str]) -> None:
        try:
            found = await self._conversations.standings(chats)
        except DatabaseUnavailableError:
            for chat in chats:
                self._bell.ring(chat)  # each page finds out by itself, and ends
            return
        for chat in chats:
            place = found.get(chat, _UNKNOWN).place
            if any(page.told is None or page.told.place != place for page in self._pages.get(chat, ())):
                self._bell.ring(chat)
