"""A company in which nobody answers: it says so, says where else to turn to, and keeps what it could not answer."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from supportbot.admin_api.answers.repository import AnswerRepository
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.tables import escalations, outbound
from supportbot.common.i18n import translate
from supportbot.gateway.domain.commands import SHOWN, WITHOUT_PEOPLE
from supportbot.gateway.settings import GatewaySettings
from tests.fakes.telegram import FakeTelegram, Sent
from tests.integration.telegram_gateway import ADMIN, ANNA, BORIS, World, running, settings_for

CONTACTS = "help@example.com; +44 20 7946 0000"


@pytest.fixture
async def world(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[World]:
    async with FakeTelegram() as fake, running(fake, sqlite_database, _settings(fake, tmp_path)) as made:
        fake.add_user(BORIS, "Борис", language_code="ru")
        yield made


async def test_who_is_not_answered_is_told_where_to_turn_to_and_the_question_is_kept(world: World) -> None:
    world.telegram.user_says(ANNA, "perhaps")
    reply = await world.telegram.wait_for_message(ANNA)
    assert reply.text == translate("nobody.unsure", "en") + _where("en")
    assert reply.reply_markup is None
    yesterday = datetime.now(UTC) - timedelta(days=1)
    lines = await AnswerRepository(world.database).unanswered(yesterday, 10)
    assert [line.question for line, _ in lines] == ["perhaps"]
    assert await world.rows(escalations) == []


@pytest.mark.parametrize("wish", ["/human", translate("telegram.contacts_button", "ru")])
async def test_who_wants_a_person_gets_the_contacts_in_their_language(world: World, wish: str) -> None:
    world.telegram.user_says(BORIS, wish)
    reply = await world.telegram.wait_for_message(BORIS)
    assert reply.text == translate("nobody.asked_for_person", "ru") + _where("ru")


async def test_the_button_below_an_answer_leads_to_the_contacts_before_a_vote_and_after_it(world: World) -> None:
    world.telegram.user_says(ANNA, "How?")
    answer = await _arrived(world, ANNA)
    assert _buttons(answer)[-1] == translate("telegram.contacts_button", "en")
    world.telegram.user_presses(ANNA, answer.message_id, text="👎")
    await world.telegram.wait_for_call("editMessageReplyMarkup")
    voted = world.telegram.sent(ANNA)[0]
    assert _buttons(voted)[-1] == translate("telegram.contacts_button", "en")
    query = world.telegram.user_presses(ANNA, answer.message_id, text=translate("telegram.contacts_button", "en"))
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.endswith(_where("en")))
    told = await world.telegram.wait_until(lambda: world.telegram.callback_answer(query))
    assert told["text"] == translate("telegram.contacts_follow", "en")


async def test_what_only_a_person_could_look_at_is_asked_for_in_words(world: World) -> None:
    world.telegram.user_sends_media(ANNA, "photo")
    reply = await world.telegram.wait_for_message(ANNA)
    assert reply.text == translate("nobody.attachment", "en") + _where("en")
    assert [row for row in await world.rows(outbound) if row.author == "staff_notice"] == []


async def test_neither_greeting_nor_help_nor_menu_promise_a_person(world: World) -> None:
    world.telegram.user_says(ANNA, "/start")
    greeting = await world.telegram.wait_for_message(ANNA)
    assert greeting.text == translate("telegram.start_without_people", "en", company="North House")
    assert greeting.reply_markup is not None
    assert greeting.reply_markup["keyboard"] == [[{"text": translate("telegram.contacts_button", "en")}]]
    world.telegram.user_says(BORIS, "/help")
    explained = await world.telegram.wait_for_message(BORIS)
    assert explained.text == translate("telegram.help_without_people", "ru") + _where("ru")
    assert explained.reply_markup is None
    menu = {command["command"]: command["description"] for command in world.telegram.world.commands["|ru"]}
    assert list(menu) == list(SHOWN)
    assert menu["human"] == translate("telegram.contacts_button", "ru")


async def test_admins_are_asked_for_nothing_and_keep_their_figures(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    await world.telegram.wait_for_message(ANNA)
    world.telegram.user_says(ADMIN, "/status")
    await world.telegram.wait_for_message(ADMIN)
    assert len(world.telegram.sent(ADMIN)) == 1


async def test_without_contacts_nothing_is_offered(sqlite_database: SqliteDatabase, tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        settings = _settings(fake, tmp_path, contacts="")
        async with running(fake, sqlite_database, settings) as world:
            fake.user_says(ANNA, "How?")
            assert _buttons(await _arrived(world, ANNA)) == ["👍", "👎"]
            fake.user_says(ANNA, "/human")
            only = translate("nobody.asked_for_person", "en")
            await fake.wait_for_message(ANNA, lambda sent: sent.text == only)
            fake.user_says(ANNA, "/start")
            alone = translate("telegram.start_without_people", "en", company="North House")
            greeting = await fake.wait_for_message(ANNA, lambda sent: sent.text == alone)
            assert greeting.reply_markup is None or "keyboard" not in greeting.reply_markup
            assert [command["command"] for command in fake.world.commands["|"]] == list(WITHOUT_PEOPLE)


async def test_people_who_answer_again_are_promised_again(sqlite_database: SqliteDatabase, tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        async with running(fake, sqlite_database, _settings(fake, tmp_path)):
            fake.user_says(ANNA, "/human")
            await fake.wait_for_message(ANNA, lambda sent: sent.text.endswith(_where("en")))
        async with running(fake, sqlite_database, settings_for(fake, tmp_path)):
            fake.user_says(ANNA, "/human")
            await fake.wait_for_message(ANNA, lambda sent: sent.text == "A person will answer.")
            await fake.wait_for_message(ADMIN)


def _settings(fake: FakeTelegram, folder: Path, contacts: str = CONTACTS) -> GatewaySettings:
    return settings_for(fake, folder, people_answer=False, contacts=contacts, company_name="North House")


def _where(language: str) -> str:
    return f"\n\n{translate('nobody.contacts', language)}\nhelp@example.com\n+44 20 7946 0000"


async def _arrived(world: World, person: int) -> Sent:
    """The first message to somebody, once it is stored that it arrived: before, its buttons are nobody's."""
    sent = await world.telegram.wait_for_message(person)
    await world.row(outbound, status="sent", external_id=sent.message_id)
    return sent


def _buttons(sent: Sent) -> list[str]:
    assert sent.reply_markup is not None
    return [button["text"] for row in sent.reply_markup["inline_keyboard"] for button in row]
