"""People who write to the system the whole time: in Telegram through the webhook, and on the web at every gateway."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from tests.e2e.load import PAUSE_S, WritingTelegramUser, WritingVisitor, write_together
from tests.e2e.visitor import Visitor
from tests.e2e.waiting import until
from tests.fakes.telegram.server import FakeTelegram

FIRST_USER = 1001
LAST_QUESTION = "How long does a refund take?"


class People:
    """Visitors and Telegram users; they write from `begin` to `finish`."""

    def __init__(
        self, telegram: FakeTelegram, *, users: int, pages: int, pause_s: tuple[float, float] = PAUSE_S, seed: str = ""
    ) -> None:
        """So many; each waits as long as `pause_s` says from one question to the next."""
        self.visitors: list[WritingVisitor] = []
        self.users = [
            WritingTelegramUser(telegram, FIRST_USER + number, f"{seed}{number}", pause_s) for number in range(users)
        ]
        self._pause_s = pause_s
        self._seed = seed
        self._telegram = telegram
        self._pages = pages
        self._closing = AsyncExitStack()
        self._enough = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None

    @property
    def chats(self) -> list[int]:
        """The chats of those who write in Telegram."""
        return [user.chat_id for user in self.users]

    @property
    def questions(self) -> int:
        """How many they have asked so far."""
        return sum(len(one.accepted) for one in self.visitors) + sum(len(one.said) for one in self.users)

    @property
    def quiet(self) -> bool:
        """Whether nobody writes now."""
        return self._writing is None

    async def open_pages(self, gateways: Sequence[str]) -> None:
        """Open each visitor's page, at the gateways in turn."""
        for number in range(self._pages):
            page = Visitor(gateways[number % len(gateways)])
            visitor = WritingVisitor(
                await self._closing.enter_async_context(page), f"{self._seed}{number}", self._pause_s
            )
            self.visitors.append(visitor)

    def begin(self) -> None:
        """Everybody starts to write."""
        assert self._writing is None, "they write already"
        self._enough.clear()
        self._writing = asyncio.create_task(write_together([*self.visitors, *self.users], self._enough))

    async def until_asked(self, more: int, within_s: float = 60.0) -> None:
        """Return when they have asked so many questions more."""
        enough = self.questions + more
        await until(lambda: self.questions >= enough, f"{more} more questions", within_s)

    async def finish(self) -> None:
        """Everybody stops; returns when the last message that was being sent is accepted."""
        if self._writing is not None:
            self._enough.set()
            writing, self._writing = self._writing, None
            await writing

    async def ask_once(self, text: str = LAST_QUESTION) -> None:
        """Each asks one thing more; returns when the pages' messages are accepted."""
        for user in self.users:
            user.said.append(text)
            self._telegram.user_says(user.chat_id, text)
        for visitor in self.visitors:
            await visitor.visitor.say_until_accepted(text)
            visitor.accepted.append(text)

    def ask(self, text: str) -> int:
        """The first Telegram user asks one thing. Gives the chat."""
        user = self.users[0]
        user.said.append(text)
        self._telegram.user_says(user.chat_id, text)
        return user.chat_id

    async def leave(self) -> None:
        """Close the pages, whatever is on its way."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self._closing.aclose()
