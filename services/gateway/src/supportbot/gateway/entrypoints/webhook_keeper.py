"""Keeping the webhook set: at the start, and whenever somebody changed it."""

import asyncio
import random

from pydantic import SecretStr

from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import hide_secrets, logger
from supportbot.gateway.ports import TelegramError, UpdateSource

LOOK_EVERY_S = 60.0
MOST_BACK_OFF_S = 30.0
_log = logger(__name__)


class WebhookKeeper:
    """Has Telegram send one bot's updates to our address."""

    def __init__(self, source: UpdateSource, bot: BotId, url: str, secret: SecretStr) -> None:
        self.problem: str | None = None
        self._source = source
        self._bot = bot
        self._url = url
        self._secret = secret
        self._failures = 0
        self._ever_set = False
        self._last_error = ""

    async def run(self) -> None:
        """Set the webhook and look after it, for ever."""
        while True:
            delay_s = await self.look()
            await asyncio.sleep(delay_s)

    async def look(self) -> float:
        """Set the webhook unless it is set. Returns the seconds until the next look."""
        try:
            url, error = await self._source.webhook_address()
            if url != self._url or not self._ever_set:  # the secret may have changed since the last start
                await self._source.set_webhook(self._url, self._secret.get_secret_value())
                self._ever_set = True
                _log.info("The webhook is set", bot=self._bot, url=hide_secrets(self._url))
            elif error and error != self._last_error:
                _log.warning("Telegram reports trouble with the webhook", bot=self._bot, error=error)
            self._last_error, self._failures, self.problem = error, 0, None
        except TelegramError as error:
            self._failures += 1
            self.problem = f"The webhook of bot {self._bot} cannot be set ({error}); check WEBHOOK_URL"
            delay_s = min(0.5 * 2.0 ** min(self._failures, 10), MOST_BACK_OFF_S) * random.uniform(0.7, 1.0)  # noqa: S311
            delay_s = max(delay_s, error.retry_after_s)
            _log.error("The webhook cannot be set", bot=self._bot, error=str(error), retry_in_s=round(delay_s, 1))
            return delay_s
        return LOOK_EVERY_S * random.uniform(0.8, 1.2)  # noqa: S311  # spreads replicas apart
