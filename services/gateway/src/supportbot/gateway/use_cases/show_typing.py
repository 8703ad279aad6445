"""Show people that their answer is being written, where that takes longer than a moment."""

import asyncio
import time
from collections.abc import Callable

from supportbot.common.database.chats import chats_in_work
from supportbot.common.database.transactions import Database
from supportbot.common.ids import BotId
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.ports import Messenger
from supportbot.gateway.use_cases.look_forever import look_forever

LOOK_EVERY_S = 1.5
SHOWN_FOR_S = 4.5
"""Telegram shows it for five seconds."""
AT_ONCE = 20


class TypingIndicator:
    """Looks for turns that are in work at two looks in a row, and shows it in their chats. Best effort."""

    def __init__(
        self, database: Database, messenger: Messenger, bot: BotId, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._messenger = messenger
        self._bot = bot
        self._clock = clock
        self._until: dict[str, float] = {}
        """By chat in work, when it has to be shown again."""

    async def run(self) -> None:
        """Look and show, for ever."""
        await look_forever(self.look, LOOK_EVERY_S)

    async def look(self) -> None:
        """Show it wherever a turn has been in work since the last look."""
        now = self._clock()
        chats = await self._database.read(lambda connection: chats_in_work(connection, self._bot, AT_ONCE))
        due = [chat for chat in chats if self._until.get(chat, now + 1) <= now]
        self._until = {chat: self._until.get(chat, now) for chat in chats}
        self._until.update(dict.fromkeys(due, now + SHOWN_FOR_S))
        await asyncio.gather(*(self._messenger.show_typing(Address.read(chat)) for chat in due))
