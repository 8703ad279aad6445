"""Several bots in one deployment, beside a Bot API server of one's own: each speaks for itself."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.people_tables import people
from supportbot.common.database.schema.tables import conversations, outbound
from supportbot.common.i18n import translate
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram.control import BotControl
from tests.integration.telegram_gateway import ADMIN, ANNA, World, running, settings_for

OTHER_TOKEN = "42:AAFakeTokenOfAnotherBot_0123456789abcdefg"  # made up, of the right form


@dataclass
class Two:
    """A deployment with two bots, and what each of them sees."""

    world: World
    first: BotControl
    other: BotControl


@pytest.fixture
async def two(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[Two]:
    async with FakeTelegram() as fake:
        other = fake.add_bot(OTHER_TOKEN)
        for user, name in ((ANNA, "Anna"), (ADMIN, "Clara")):
            other.add_user(user, name)
        settings = settings_for(fake, tmp_path, telegram_bot_token=f"{TOKEN},{OTHER_TOKEN}")
        async with running(fake, sqlite_database, settings) as world:
            yield Two(world, fake, other)


async def test_each_bot_answers_in_its_own_chat(two: Two) -> None:
    two.first.user_says(ANNA, "To the first")
    two.other.user_says(ANNA, "To the other")
    await two.first.wait_for_message(ANNA, lambda sent: sent.text.startswith("Echo: To the first"))
    await two.other.wait_for_message(ANNA, lambda sent: sent.text.startswith("Echo: To the other"))
    assert [len(bot.sent(ANNA)) for bot in (two.first, two.other)] == [1, 1]
    assert len(await two.world.rows(conversations)) == 2


async def test_staff_hear_of_a_question_from_the_bot_that_was_asked_and_reply_through_it(two: Two) -> None:
    two.other.user_says(ANNA, "/human")
    notice = await two.other.wait_for_message(ADMIN)
    await two.world.row(outbound, author="staff_notice", status="sent")
    two.other.user_says(ADMIN, "Here I am", reply_to=notice.message_id)
    await two.other.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHere I am")
    assert two.first.sent() == []


async def test_what_a_person_chooses_or_deletes_at_one_bot_is_nothing_to_the_other(two: Two) -> None:
    for bot in (two.first, two.other):
        bot.user_says(ANNA, "/language")
    menu = await two.other.wait_for_message(ANNA)
    two.other.user_presses(ANNA, menu.message_id, text="Русский")
    await two.world.row(people, bot="42", language="ru")
    two.first.user_says(ANNA, "/help")
    await two.first.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.help", "en"))
    two.other.user_says(ANNA, "/delete_my_data")
    question = await two.other.wait_for_message(ANNA, lambda sent: "удал" in sent.text.lower())
    two.other.user_presses(ANNA, question.message_id, text=translate("telegram.erase_yes", "ru"))
    await two.other.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.erased", "ru"))
    assert [row.bot for row in await two.world.rows(conversations)] == [TOKEN.partition(":")[0]]


async def test_both_menus_of_commands_are_shown(two: Two) -> None:
    for bot in (two.first, two.other):
        await bot.wait_until(lambda bot=bot: bot.world.commands.get("|ru"))  # type: ignore[misc]  # bound in the loop
