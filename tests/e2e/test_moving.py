"""Moving a bot to another place, as docs/deploying.md says: the webhook follows, nothing is lost or said twice."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.commands import run_command
from tests.e2e.conftest import with_bot
from tests.e2e.product import Product
from tests.fakes.telegram.server import FakeTelegram

ANNA = 501
DOCUMENT = "# Opening hours\n\nThe showroom in Tartu is open from 10 to 18, Monday to Friday.\n"
QUESTIONS = [f"When is the showroom in Tartu open{marks}" for marks in ("?", "??", "???")]


@pytest.fixture
async def places(telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[list[Product]]:
    """The old one and the new one, each behind a name of its own; neither is started."""
    async with AsyncExitStack() as stack:
        made = []
        for name in ("old", "new"):
            host = f"{name}.example.com"
            settings = with_bot(telegram, WEBHOOK_URL=f"https://{host}", BURST_WINDOW="0")
            made.append(Product(tmp_path / name, settings))
            stack.push_async_callback(made[-1].discard)
            telegram.route_webhook(host, made[-1].base_url)
        made[0].documents.mkdir(parents=True)
        (made[0].documents / "opening.md").write_text(DOCUMENT, encoding="utf-8")
        made[1].folder.mkdir()
        yield made


async def command(product: Product, *arguments: str) -> None:
    done = await run_command(*arguments, folder=product.folder, settings=product.settings, timeout_s=120)
    assert done.code == 0, done.said


async def webhook_is_set(telegram: FakeTelegram, host: str) -> None:
    """Returns when the process behind this host has asked Telegram for its updates."""
    await telegram.wait_for_call("setWebhook", lambda call: call.params["url"] == f"https://{host}/webhook", 60)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_bot_moves_with_its_webhook_and_no_question_is_lost_or_answered_twice(
    telegram: FakeTelegram, places: list[Product], tmp_path: Path
) -> None:
    old, new = places
    telegram.add_user(ANNA, "Anna")
    await old.start()
    await webhook_is_set(telegram, "old.example.com")
    telegram.user_says(ANNA, QUESTIONS[0])
    await telegram.wait_for_count(1, ANNA, 60)

    assert await old.stop() == 0
    telegram.user_says(ANNA, QUESTIONS[1])
    await command(old, "backup", "--to", str(tmp_path / "moved"))
    await command(new, "restore", "--yes", str(tmp_path / "moved" / "telegram_bot_backup_latest_complete.tar.gz"))
    await new.start()
    await webhook_is_set(telegram, "new.example.com")
    await telegram.wait_for_count(2, ANNA, 60)
    telegram.user_says(ANNA, QUESTIONS[2])
    replies = await telegram.wait_for_count(3, ANNA, 60)
    assert await new.stop() == 0

    assert all("from 10 to 18" in reply.text for reply in replies)
    assert len(telegram.sent(ANNA)) == 3
    assert [row[0] for row in new.rows("SELECT text FROM messages ORDER BY seq")] == QUESTIONS
