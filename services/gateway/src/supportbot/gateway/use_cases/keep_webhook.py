"""Set the webhook and look after it, until it does not do."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import SecretStr

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import hide_secrets, logger
from supportbot.gateway.domain.update_route import RouteTiming
from supportbot.gateway.domain.webhook_evidence import Evidence, Look, weigh
from supportbot.gateway.ports import StoredUpdates, TelegramError, TokenRefusedError, UpdateSource, WebhookRefusedError

ATTEMPTS = 3
"""At setting it, where Telegram does not say that it is wrong."""
LONGEST_WAIT_S = 30.0
"""What Telegram may ask us to wait; when it wants more, updates are fetched meanwhile."""
TOKEN_PAUSE_S = 60.0
EARLY_LOOKS = 12
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookTerms:
    """Where a bot's updates are to be sent, and what Telegram is to show with them."""

    url: str
    secret: SecretStr


class WebhookKeeper:
    """Has Telegram send one bot's updates to our address, and notices when they do not come."""

    def __init__(
        self, source: UpdateSource, stored: StoredUpdates, bot: BotId, terms: WebhookTerms, timing: RouteTiming
    ) -> None:
        self.problem: str | None = None
        self._source = source
        self._stored = stored
        self._bot = bot
        self._terms = terms
        self._timing = timing
        self._error_told = ""

    async def keep(self, works: Callable[[], None]) -> str:
        """Set the webhook and watch it. Calls `works` when updates come through; returns why it does not do."""
        refusal = await self._set()
        evidence: Evidence | None = None
        early = 0
        while not refusal:
            evidence = await self._look(evidence)
            verdict = "quiet" if evidence is None else evidence.verdict
            if evidence is not None and verdict == "failing":
                return f"Telegram cannot deliver to it ({evidence.look.report.error})"
            if verdict == "works":
                works()
                early = EARLY_LOOKS
            if verdict == "elsewhere":
                refusal = await self._take_back(evidence)
            early += 1
            is_calm = early > EARLY_LOOKS and verdict != "doubtful"
            await asyncio.sleep(self._timing.look_every_s if is_calm else self._timing.doubt_every_s)
        return refusal

    async def _look(self, before: Evidence | None) -> Evidence | None:
        """One look after those before it; what cannot be seen says nothing."""
        try:
            stored_at = await self._stored.newest()
            report = await self._source.webhook()
        except DatabaseUnavailableError:
            return None  # that nothing was stored meanwhile is no fault of the webhook
        except TokenRefusedError as error:
            self._token_refused(error)
            return before
        except TelegramError as error:
            _log.warning("Telegram does not say how the webhook does", bot=self._bot, error=str(error))
            return before
        self.problem = None
        if report.error and report.error != self._error_told:
            _log.warning("Telegram reports trouble with the webhook", bot=self._bot, error=report.error)
        self._error_told = report.error
        return weigh(before, Look(report, stored_at), self._terms.url)

    async def _take_back(self, evidence: Evidence | None) -> str:
        other = evidence.look.report.url if evidence is not None else ""
        _log.error(
            "Another program removed the bot's webhook or set its own; it is set again",
            bot=self._bot,
            found=hide_secrets(other),
        )
        return await self._set()

    async def _set(self) -> str:
        """Set it, with some patience. Returns why that cannot be, or nothing."""
        failures = 0
        while True:
            pause_s = min(2.0**failures, LONGEST_WAIT_S)
            try:
                await self._source.set_webhook(self._terms.url, self._terms.secret.get_secret_value())
            except WebhookRefusedError as error:
                return f"Telegram does not accept it ({error}); check WEBHOOK_URL"
            except TokenRefusedError as error:
                self._token_refused(error)
                pause_s = TOKEN_PAUSE_S
            except TelegramError as error:
                failures += 1
                if failures >= ATTEMPTS or error.retry_after_s > LONGEST_WAIT_S:
                    return f"it cannot be set ({error})"
                pause_s = max(pause_s, error.retry_after_s)
            else:
                self.problem = None
                _log.info("The webhook is set", bot=self._bot, url=hide_secrets(self._terms.url))
                return ""
            await asyncio.sleep(pause_s)

    def _token_refused(self, error: TokenRefusedError) -> None:
        self.problem = f"Telegram refuses the token of bot {self._bot} ({error}); set TELEGRAM_BOT_TOKEN"
        _log.error("Telegram refuses the bot's token; its webhook is not looked after", bot=self._bot)
