"""Loading aiogram beside everything else: it costs seconds, and the web chat need not wait for it."""

import asyncio
import gc
from typing import TYPE_CHECKING

from supportbot.gateway.settings import BotAccount

if TYPE_CHECKING:
    from supportbot.gateway.adapters.telegram import TelegramBot


async def open_bot(account: BotAccount, api_base: str) -> "TelegramBot":
    """A bot's access to the Bot API. The first call takes seconds, in a thread of its own."""
    await asyncio.to_thread(_load)
    from supportbot.gateway.adapters.telegram import TelegramBot

    return TelegramBot(account, api_base)


def _load() -> None:
    collects = gc.isenabled()
    gc.disable()  # a quarter of the time goes into looking for garbage among thousands of new classes
    try:
        import supportbot.gateway.adapters.telegram  # noqa: F401
    finally:
        if collects:
            gc.enable()
