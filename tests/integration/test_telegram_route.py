"""Webhook or polling: whichever works, decided by one gateway for all, with nothing lost or doubled on the way."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.tables import messages, quarantine
from supportbot.common.database.transactions import Database
from supportbot.gateway.domain.update_route import RouteTiming
from supportbot.gateway.settings import GatewaySettings
from tests.fakes.telegram import FakeTelegram
from tests.integration.telegram_gateway import ANNA, Site, polling_conflicts, served, settings_for

HOST = "bot.example.com"
BAD_WEBHOOK = "Bad Request: bad webhook: Failed to resolve host: Name or service not known"
QUICK = RouteTiming(look_every_s=0.02, doubt_every_s=0.02, first_return_s=0.2, longest_return_s=0.4)
STAYS = RouteTiming(look_every_s=0.02, doubt_every_s=0.02, first_return_s=600.0)
NOBODY = "http://127.0.0.1:9"
LONG_AGO_S = 1_000_000_000.0


@pytest.fixture
async def fake() -> AsyncGenerator[FakeTelegram]:
    """A Telegram whose clock went wrong twenty-five years ago and jumps."""
    async with FakeTelegram() as made:
        made.route_webhook(HOST, NOBODY)
        made.set_clock(LONG_AGO_S, step_s=1.0)
        made.delivery.first_pause_s = made.delivery.longest_pause_s = 0.01
        yield made


def settings(fake: FakeTelegram, tmp_path: Path) -> GatewaySettings:
    return settings_for(fake, tmp_path, webhook_url=f"https://{HOST}", user_messages_per_minute=10_000)


async def talk_until_the_webhook_works(fake: FakeTelegram, site: Site) -> Counter[str]:
    """Write one message after the other, until one came through it. Returns what was written."""
    said = Counter[str]()
    async with asyncio.timeout(15):
        while True:
            text = f"Does it work? {len(said)}"
            fake.user_says(ANNA, text)
            await site.world.row(messages, text=text)
            said[text] += 1
            state = await site.state()
            if (state["updates"], state["why"]) == ("webhook", "updates come through it"):
                return said


async def texts(site: Site) -> Counter[str]:
    return Counter(message.text for message in await site.world.rows(messages))


def never_dropped_anything(fake: FakeTelegram) -> bool:
    calls = [*fake.calls("setWebhook"), *fake.calls("deleteWebhook")]
    return all(call.params.get("drop_pending_updates", "") in {"", "false"} for call in calls)


def failures_reach(fake: FakeTelegram, count: int) -> bool | None:
    return fake.webhook_deliveries().get("failed", 0) >= count or None


def calls_exceed(fake: FakeTelegram, method: str, count: int) -> bool | None:
    return len(fake.calls(method)) > count or None


async def test_where_the_webhook_cannot_be_set_updates_are_fetched(
    fake: FakeTelegram, sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    fake.fail("setWebhook", status=400, description=BAD_WEBHOOK, times=1000)
    async with served(fake, sqlite_database, settings(fake, tmp_path), STAYS) as site:
        fake.user_says(ANNA, "Are you there?")
        await fake.wait_for_message(ANNA)
        state = await site.until("polling")
        assert "bad webhook" in state["why"]
        assert state["problem"] is None
        assert len(fake.calls("setWebhook")) == 1


async def test_a_webhook_that_can_be_set_again_is_used_again(
    fake: FakeTelegram, sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    fake.fail("setWebhook", status=400, description=BAD_WEBHOOK, times=2)
    async with served(fake, sqlite_database, settings(fake, tmp_path), QUICK) as site:
        fake.route_webhook(HOST, site.url)
        fake.user_says(ANNA, "First")
        await fake.wait_for_message(ANNA)
        await talk_until_the_webhook_works(fake, site)
        assert fake.webhook_deliveries()["delivered"] >= 1
        assert len(fake.calls("setWebhook")) == 3


async def test_a_webhook_that_stops_delivering_is_replaced_by_polling_until_it_works_again(
    fake: FakeTelegram, database: Database, tmp_path: Path
) -> None:
    async with served(fake, database, settings(fake, tmp_path), QUICK) as site:
        fake.route_webhook(HOST, site.url)
        fake.user_says(ANNA, "By webhook")
        await fake.wait_for_message(ANNA)
        await site.until("webhook", "updates come through it")
        fake.break_webhook("Connection timed out")
        for number in range(5):
            fake.user_says(ANNA, f"By polling {number}")
        await site.world.row(messages, text="By polling 4")
        fake.mend_webhook()
        again = await talk_until_the_webhook_works(fake, site)
        await fake.wait_until(lambda: True if fake.pending_updates() == 0 else None)
        said = Counter(["By webhook", *(f"By polling {number}" for number in range(5))])
        assert await texts(site) == said + again
        assert await site.world.rows(quarantine) == []
        assert never_dropped_anything(fake)
        assert "Connection timed out" in (await site.world.alert("webhook")).text
        assert "works again" in (await site.world.alert("webhook_works")).text


async def test_a_webhook_that_fails_for_long_is_tried_seldom_and_complained_of_once(
    fake: FakeTelegram, sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    fake.break_webhook()
    async with served(fake, sqlite_database, settings(fake, tmp_path), QUICK) as site:
        for number in range(4):
            fake.user_says(ANNA, f"Question {number}")
            await site.world.row(messages, text=f"Question {number}")
            trials = len(fake.calls("setWebhook"))
            await fake.wait_until(partial(calls_exceed, fake, "setWebhook", trials))
        assert sum((await texts(site)).values()) == 4
        assert len([alert for alert in site.world.alerts if alert.kind == "webhook"]) == 1


async def test_one_failed_delivery_now_and_then_is_no_reason_to_leave_the_webhook(
    fake: FakeTelegram, sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    fake.delivery.first_pause_s = 0.3  # long enough for several looks between a failure and the next attempt
    async with served(fake, sqlite_database, settings(fake, tmp_path), QUICK) as site:
        fake.route_webhook(HOST, site.url)
        await site.until("webhook")
        for number in range(4):
            fake.break_webhook("Wrong response from the webhook: 502 Bad Gateway")
            fake.user_says(ANNA, f"Hiccup {number}")
            await fake.wait_until(partial(failures_reach, fake, number + 1))
            fake.mend_webhook()
            await site.world.row(messages, text=f"Hiccup {number}")
        assert (await site.state())["updates"] == "webhook"
        assert fake.calls("getUpdates") == []


async def test_of_two_gateways_behind_one_webhook_one_fetches_and_the_other_takes_its_place(
    fake: FakeTelegram, database: Database, tmp_path: Path
) -> None:
    first, second, conflicts = AsyncExitStack(), AsyncExitStack(), polling_conflicts()
    async with first, second:
        leader = await first.enter_async_context(served(fake, database, settings(fake, tmp_path), STAYS))
        await leader.until("webhook")
        other = await second.enter_async_context(served(fake, database, settings(fake, tmp_path), STAYS))
        fake.route_webhook(HOST, [leader.url, other.url])
        for number in range(4):
            fake.user_says(ANNA, f"Shared {number}")
        await other.world.row(messages, text="Shared 3")
        assert (await other.state())["updates"] == "standby"
        fake.break_webhook()
        fake.user_says(ANNA, "To whoever fetches")
        await leader.until("polling")
        await other.world.row(messages, text="To whoever fetches")
        assert (await other.state())["updates"] == "standby"
        assert len(fake.calls("deleteWebhook")) == 1
        await first.aclose()
        fake.user_says(ANNA, "To whoever is left")
        await other.until("polling")
        await other.world.row(messages, text="To whoever is left")
        assert set((await texts(other)).values()) == {1}
        assert polling_conflicts() == conflicts
        assert never_dropped_anything(fake)
