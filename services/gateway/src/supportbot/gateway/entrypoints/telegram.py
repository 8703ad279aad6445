"""Polling: fetch updates, store each, and only then confirm it."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.outage import Outage
from supportbot.gateway.domain.followups import FollowUp
from supportbot.gateway.domain.update_bytes import RawUpdate, confirmable_id
from supportbot.gateway.metrics import POLL_ERRORS
from supportbot.gateway.ports import PollingConflictError, TelegramError, TokenRefusedError, UpdateSource
from supportbot.gateway.use_cases.intake import Intake
from supportbot.gateway.use_cases.receive_update import receive_update

MOST_BACK_OFF_S = 30.0
DATABASE_BACK_OFF_S = 5.0
CONFLICTS_EXPECTED = 3
"""A request of the process before us may still be open at Telegram for a moment."""
FAILURES_IGNORED = 2
"""In a row: a connection that is cut now and then keeps nobody waiting."""
TOKEN_PAUSE_S = 60.0
AT_ONCE = 8
_log = logger(__name__)


class UpdatePoller:
    """Polls for one bot."""

    def __init__(self, source: UpdateSource, intake: Intake, show: Callable[[FollowUp], None]) -> None:
        self.problem: str | None = None
        """What only a person can mend; the gateway is not ready with it."""
        self.trouble: str | None = None
        """Why no updates come now, though the gateway does what it can."""
        self._source = source
        self._intake = intake
        self._show = show
        self._confirm: int | None = None
        self._webhook_is_gone = False
        self._failures = 0
        bot = intake.bot
        self._silence = Outage("Updates could not be fetched", "Updates are fetched again", bot=bot)
        self._database_outage = Outage("Updates stay at Telegram for now", "Updates are stored again", bot=bot)

    async def run(self) -> None:
        """Poll, for ever. Only one process may: see UpdateRoute."""
        self._webhook_is_gone, self._failures, self.problem, self.trouble = False, 0, None, None
        while True:
            try:
                await self.poll()
                self._failures = 0
                self.problem = self.trouble = None
                self._silence.over()
                self._database_outage.over()
            except TelegramError as error:
                await self._back_off(error)
            except DatabaseUnavailableError as error:
                self._failures += 1
                POLL_ERRORS.labels("database").inc()
                self._database_outage.met(error)
                await asyncio.sleep(min(self._delay_s(), DATABASE_BACK_OFF_S))

    async def settle(self) -> None:
        """Confirm what was stored last, so that it does not come again on another way. Best effort."""
        offset, self._confirm = self._confirm, None
        if offset is not None:
            with contextlib.suppress(TelegramError):
                await self._source.confirm(offset)

    async def poll(self) -> None:
        """Fetch once and store what came.

        The number that confirms is sent once and then left out: after a week without updates Telegram may begin
        anywhere, and an old number must not confirm what we have never seen.
        """
        if not self._webhook_is_gone:
            await self._source.delete_webhook()
            self._webhook_is_gone = True
        updates = await self._source.fetch(self._confirm)
        self._confirm = None
        if updates:
            await self._take_in(updates)

    async def _take_in(self, updates: list[RawUpdate]) -> None:
        """Store updates, several chats at once, each chat's in their order; confirm as far as all are stored."""
        errors = await _by_chat(updates, self._store)
        stored, missing = _ids(updates, errors, failed=False), _ids(updates, errors, failed=True)
        if missing:
            self._confirm = min(missing)
        elif stored:
            self._confirm = max(stored) + 1
        for error in errors:
            if error is not None:
                raise error
        if not stored:
            await asyncio.sleep(1.0)  # nothing that could be confirmed: Telegram will give it again

    async def _store(self, raw: RawUpdate) -> None:
        followup = await receive_update(self._intake, raw)
        if followup is not None:
            self._show(followup)

    async def _back_off(self, error: TelegramError) -> None:
        self._failures += 1
        delay_s = round(max(self._delay_s(), error.retry_after_s), 1)
        POLL_ERRORS.labels(type(error).__name__).inc()
        if isinstance(error, TokenRefusedError):
            self.problem = f"Telegram refuses the token of bot {self._intake.bot} ({error}); set TELEGRAM_BOT_TOKEN"
            delay_s = TOKEN_PAUSE_S
            _log.error("Telegram refuses the bot's token; no updates are fetched", bot=self._intake.bot)
        elif isinstance(error, PollingConflictError):
            self._webhook_is_gone = False
            self._note_conflict(error, delay_s)
        else:
            self._silence.met(error)
            if self._failures > FAILURES_IGNORED:
                self.trouble = f"Telegram does not answer bot {self._intake.bot} ({error}); no updates are fetched"
        await asyncio.sleep(delay_s)

    def _note_conflict(self, error: TelegramError, delay_s: float) -> None:
        what = "Another program fetches this bot's updates or set a webhook; stop it, or use another bot"
        lasts = self._failures > CONFLICTS_EXPECTED
        _log.log(
            logging.ERROR if lasts else logging.INFO,
            what,
            bot=self._intake.bot,
            error=str(error),
            retry_in_s=delay_s,
        )
        if lasts:
            self.trouble = f"{what} (bot {self._intake.bot})"

    def _delay_s(self) -> float:
        return min(0.5 * 2.0 ** min(self._failures, 10), MOST_BACK_OFF_S) * random.uniform(0.7, 1.0)  # noqa: S311


Errors = list[DatabaseUnavailableError | None]


def _ids(updates: list[RawUpdate], errors: Errors, *, failed: bool) -> list[int]:
    """The ids of those that could be stored, or could not."""
    chosen = [raw for raw, error in zip(updates, errors, strict=True) if (error is not None) == failed]
    return [update_id for raw in chosen if (update_id := confirmable_id(raw)) is not None]


async def _by_chat(updates: list[RawUpdate], store: Callable[[RawUpdate], Awaitable[None]]) -> Errors:
    """Store updates in as many rows as there are chats. Returns each one's error, or None, in their order."""
    errors: Errors = [None] * len(updates)
    lanes: dict[str, list[int]] = {}
    for number, raw in enumerate(updates):
        lanes.setdefault(_lane(raw), []).append(number)
    slots = asyncio.Semaphore(AT_ONCE)

    async def store_lane(numbers: list[int]) -> None:
        failed: DatabaseUnavailableError | None = None
        for number in numbers:
            if failed is None:
                try:
                    async with slots:
                        await store(updates[number])
                except DatabaseUnavailableError as error:
                    failed = error
            errors[number] = failed

    await asyncio.gather(*(store_lane(numbers) for numbers in lanes.values()))
    return errors


def _lane(raw: RawUpdate) -> str:
    value = raw.value if isinstance(raw.value, dict) else {}
    for name in ("message", "edited_message"):
        message = value.get(name)
        chat = message.get("chat") if isinstance(message, dict) else None
        if isinstance(chat, dict):
            return str(chat.get("id"))
    return ""
