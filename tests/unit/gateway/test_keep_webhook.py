"""Setting the webhook and looking after it: with patience, and no longer than it is of use."""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.ids import BotId
from supportbot.gateway.domain.update_bytes import RawUpdate
from supportbot.gateway.domain.update_route import RouteTiming
from supportbot.gateway.domain.webhook_evidence import WebhookReport
from supportbot.gateway.ports import StoredUpdates, TelegramError, UpdateSource, WebhookRefusedError
from supportbot.gateway.use_cases.keep_webhook import LONGEST_WAIT_S, WebhookKeeper, WebhookTerms

URL = "https://bot.example.com/webhook"
AT_ONCE = RouteTiming(look_every_s=0.0, doubt_every_s=0.0)


def report(pending: int = 0, failed_at: int = 0, url: str = URL) -> WebhookReport:
    return WebhookReport(url, pending, failed_at, "Connection refused" if failed_at else "")


FAILING = (report(), report(1, 1), report(1, 2))


class ScriptedTelegram(UpdateSource):
    """Says what it was told to say; what it was asked is written down."""

    def __init__(self, reports: Sequence[WebhookReport | Exception], settings: Sequence[Exception | None] = ()) -> None:
        self.reports = deque(reports)
        self.settings = deque(settings)
        self.asked: list[str] = []

    async def fetch(self, offset: int | None) -> list[RawUpdate]:
        raise NotImplementedError

    async def confirm(self, offset: int) -> None:
        raise NotImplementedError

    async def delete_webhook(self) -> None:
        raise NotImplementedError

    async def set_webhook(self, url: str, secret: str) -> None:
        self.asked.append(f"set {url} {secret}")
        error = self.settings.popleft() if self.settings else None
        if error is not None:
            raise error

    async def webhook(self) -> WebhookReport:
        self.asked.append("look")
        found = self.reports.popleft()
        if isinstance(found, Exception):
            raise found
        return found


class ScriptedStore(StoredUpdates):
    """The newest update after each look; the last one stays."""

    def __init__(self, *moments: datetime | Exception | None) -> None:
        self.moments = deque(moments)

    async def newest(self) -> datetime | None:
        found = self.moments.popleft() if self.moments else None
        if isinstance(found, Exception):
            raise found
        return found


async def kept(telegram: ScriptedTelegram, store: StoredUpdates | None = None) -> tuple[str, int]:
    """Why it was given up, and how often it worked."""
    worked: list[bool] = []
    terms = WebhookTerms(URL, SecretStr("s3cret"))
    keeper = WebhookKeeper(telegram, store or ScriptedStore(), BotId("1"), terms, AT_ONCE)
    async with asyncio.timeout(5):
        why = await keeper.keep(lambda: worked.append(True))
    return why, len(worked)


async def test_it_is_set_and_given_up_when_it_fails_with_telegrams_words() -> None:
    telegram = ScriptedTelegram(FAILING)
    why, worked = await kept(telegram)
    assert "Connection refused" in why
    assert worked == 0
    assert telegram.asked == [f"set {URL} s3cret", "look", "look", "look"]


async def test_a_refusal_is_believed_at_once() -> None:
    telegram = ScriptedTelegram([], [WebhookRefusedError("Bad Request: bad webhook")])
    assert "bad webhook" in (await kept(telegram))[0]
    assert telegram.asked == [f"set {URL} s3cret"]


async def test_when_telegram_wants_a_long_pause_nobody_waits_for_the_webhook() -> None:
    telegram = ScriptedTelegram([], [TelegramError("Too Many Requests", LONGEST_WAIT_S + 1)])
    assert "Too Many Requests" in (await kept(telegram))[0]


async def test_updates_that_came_through_are_told() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    telegram = ScriptedTelegram([report(), report(), *FAILING])
    assert (await kept(telegram, ScriptedStore(None, moment, moment, moment, moment)))[1] == 1


@pytest.mark.parametrize("error", [TelegramError("Telegram answered 502")])
async def test_a_look_that_telegram_does_not_answer_says_nothing(error: TelegramError) -> None:
    telegram = ScriptedTelegram([report(), error, report(1, 1), error, report(1, 2)])
    assert "Connection refused" in (await kept(telegram))[0]
    assert telegram.asked.count("look") == 5


async def test_that_nothing_was_stored_while_the_database_was_away_is_no_fault_of_the_webhook() -> None:
    away = DatabaseUnavailableError("The database is away")
    telegram = ScriptedTelegram([report(), report(1, 1), report(5, 9), report(5, 10), report(5, 11)])
    await kept(telegram, ScriptedStore(None, None, away, None, None, None))
    assert telegram.asked.count("look") == 5


@pytest.mark.parametrize("url", ["", "https://elsewhere.example/webhook"])
async def test_it_is_set_again_when_somebody_else_changed_it(url: str) -> None:
    telegram = ScriptedTelegram([report(), report(url=url), *FAILING])
    await kept(telegram)
    assert [asked for asked in telegram.asked if asked != "look"] == [f"set {URL} s3cret"] * 2
