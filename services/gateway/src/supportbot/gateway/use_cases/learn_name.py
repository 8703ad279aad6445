"""Learn what a bot is called: in groups people call it by that."""

import asyncio
from collections.abc import Awaitable, Callable

from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import logger
from supportbot.gateway.ports import TelegramError
from supportbot.gateway.use_cases.intake import OwnName

AGAIN_S = 30.0
_log = logger(__name__)


async def learn_name(
    own: OwnName, bot: BotId, username: Callable[[], Awaitable[str]], *, again_s: float = AGAIN_S
) -> None:
    """Ask Telegram for the name until it is known."""
    while not own.username:
        try:
            own.username = await username()
        except TelegramError as error:
            _log.info("The bot's name is not known yet", bot=bot, error=str(error))
            await asyncio.sleep(max(error.retry_after_s, again_s))
