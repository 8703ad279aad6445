"""Staff read what they are told in their own language, whoever asks in which."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.tables import outbound
from supportbot.common.i18n import translate
from tests.fakes.telegram import FakeTelegram, Sent
from tests.integration.telegram_gateway import ADMIN, ANNA, World, running, settings_for

DMITRI = 78
FORUM = -1002


@pytest.fixture
async def world(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[World]:
    """Clara reads English and Dmitri Russian; both are told in their own chats."""
    async with FakeTelegram() as fake:
        fake.add_user(DMITRI, "Dmitri", language_code="ru")
        async with running(fake, sqlite_database, settings_for(fake, tmp_path, admin_ids=(ADMIN, DMITRI))) as made:
            for admin in (ADMIN, DMITRI):
                fake.user_says(admin, "/start")
                await fake.wait_for_message(admin)
            yield made


async def test_each_admin_reads_a_question_in_their_own_language(world: World) -> None:
    world.telegram.user_says(ANNA, "When, perhaps?")
    for admin, language in ((ADMIN, "en"), (DMITRI, "ru")):
        card = await _card(world, admin, language)
        assert translate("staff.reason_low_confidence", language) in card.text
        assert f"· {translate('telegram.language_name', 'en')}" in card.text
        assert _labels(card)[0] == translate("staff.button_suggest", language)


async def test_what_follows_is_in_the_language_that_an_admin_chose(world: World) -> None:
    world.telegram.user_says(ADMIN, "/language")
    asked = await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == translate("telegram.language", "en"))
    world.telegram.user_presses(ADMIN, asked.message_id, text=translate("telegram.language_name", "ru"))
    chosen = translate("telegram.language_chosen", "ru")
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == chosen)
    world.telegram.user_says(ANNA, "/human")
    card = await _card(world, ADMIN, "ru")
    await world.row(outbound, author="staff_notice", status="sent", external_id=card.message_id)
    world.telegram.user_says(ADMIN, "/take", reply_to=card.message_id)
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == translate("staff.taken", "ru"))
    world.telegram.user_says(ANNA, "/human")
    again = translate("staff.asks_again", "ru", name="Anna")
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == again, timeout=20)
    joined = translate("telegram.joined", "en", name="Clara")
    assert [sent.text for sent in world.telegram.sent(ANNA)][-1] == joined


@pytest.mark.parametrize(("chosen", "language"), [("ru", "ru"), ("", "en")])
async def test_a_group_reads_the_language_that_is_set_or_else_that_of_who_asks(
    sqlite_database: SqliteDatabase, tmp_path: Path, chosen: str, language: str
) -> None:
    async with FakeTelegram() as fake:
        fake.add_forum(FORUM)
        settings = settings_for(fake, tmp_path, staff_group_id=FORUM, staff_language=chosen)
        async with running(fake, sqlite_database, settings) as world:
            fake.user_says(ANNA, "/human")
            card = await _card(world, FORUM, language)
            assert _labels(card) == [translate(f"staff.button_{action}", language) for action in ("take", "close")]
            fake.user_says(FORUM, "/note calls back", user_id=ADMIN, thread_id=card.thread_id)
            await fake.wait_for_message(FORUM, lambda sent: sent.text == translate("staff.noted", language), timeout=20)


async def _card(world: World, chat: int, language: str) -> Sent:
    how = translate("staff.how_to_reply", language)
    return await world.telegram.wait_for_message(chat, lambda sent: how in sent.text, timeout=20)


def _labels(sent: Sent) -> list[str]:
    assert sent.reply_markup is not None
    return [button["text"] for row in sent.reply_markup["inline_keyboard"] for button in row]
