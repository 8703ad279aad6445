"""What a person can tell the bot to do, each as a conversation with a fake Telegram."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.all_tables import metadata
from supportbot.common.database.schema.people_tables import people
from supportbot.common.database.schema.tables import conversations, messages, outbound
from supportbot.common.database.turn_contents import earlier_exchanges
from supportbot.common.database.turns import Turn
from supportbot.common.i18n import translate
from supportbot.common.ids import ConversationId
from supportbot.gateway.domain.commands import SHOWN
from supportbot.gateway.domain.staff_commands import ADMIN_COMMANDS, STAFF_COMMANDS
from tests.fakes.telegram import FakeTelegram, Sent
from tests.integration.telegram_gateway import ADMIN, ANNA, BORIS, World, running, settings_for

ASKED_OFTEN = ["How do I return an item?", "How do I pay?", "Where is my order?", "A fourth one?"]
GROUP = -1001


@pytest.fixture
async def world(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[World]:
    async with FakeTelegram() as fake:
        settings = settings_for(fake, tmp_path, company_name="North House")
        async with running(fake, sqlite_database, settings, starters={"en": ASKED_OFTEN, "ru": []}) as made:
            yield made


def said(sent: Sent, key: str, language: str = "en", **values: Any) -> bool:
    """Whether a message is this text of ours."""
    return sent.text == translate(key, language, **values)


async def test_start_greets_in_the_persons_language_and_offers_questions_to_tap(world: World) -> None:
    world.telegram.user_says(ANNA, "/start from_the_site")
    greeting = await world.telegram.wait_for_message(ANNA)
    assert said(greeting, "telegram.start_questions", company="North House")
    assert greeting.reply_markup is not None
    taps = [key["text"] for row in greeting.reply_markup["keyboard"] for key in row]
    assert taps == [*ASKED_OFTEN[:3], translate("telegram.person_button", "en")]
    world.telegram.user_says(ANNA, taps[0])
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith(f"Echo: {taps[0]}"))
    world.telegram.user_says(ANNA, taps[-1])
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "A person will answer.")


async def test_without_questions_the_greeting_offers_a_person_alone(world: World) -> None:
    world.telegram.add_user(BORIS, "Борис", language_code="ru")
    world.telegram.user_says(BORIS, "/start")
    greeting = await world.telegram.wait_for_message(BORIS)
    assert said(greeting, "telegram.start", "ru", company="North House")
    assert greeting.reply_markup is not None
    assert greeting.reply_markup["keyboard"] == [[{"text": translate("telegram.person_button", "ru")}]]


async def test_help_explains_without_asking_the_documents(world: World) -> None:
    world.telegram.user_says(ANNA, "/help")
    assert said(await world.telegram.wait_for_message(ANNA), "telegram.help")
    assert await world.rows(messages) == []


async def test_a_command_that_there_is_not_is_explained_and_calls_nobody(world: World) -> None:
    world.telegram.user_says(ANNA, "/perhaps")
    told = f"{translate('telegram.unknown_command', 'en')}\n\n{translate('telegram.help', 'en')}"
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == told)
    assert await world.rows(messages) == []


async def test_a_chosen_language_is_kept_and_used_whatever_the_app_says(world: World) -> None:
    world.telegram.user_says(ANNA, "/language")
    menu = await world.telegram.wait_for_message(ANNA)
    world.telegram.user_presses(ANNA, menu.message_id, text="Русский")
    await world.telegram.wait_for_message(ANNA, lambda sent: said(sent, "telegram.language_chosen", "ru"))
    world.telegram.user_says(ANNA, "/help")
    await world.telegram.wait_for_message(ANNA, lambda sent: said(sent, "telegram.help", "ru"))
    world.telegram.user_says(ANNA, "A question")
    await world.row(messages, kind="text")
    assert [row.language for row in await world.rows(conversations)] == ["ru"]


async def test_a_new_beginning_leaves_everything_before_it_out_of_what_is_referred_to(world: World) -> None:
    world.telegram.user_says(ANNA, "Before")
    await world.telegram.wait_for_count(1, ANNA)
    world.telegram.user_says(ANNA, "/new")
    await world.telegram.wait_for_message(ANNA, lambda sent: said(sent, "telegram.begun_anew"))
    assert await _earlier(world) == []
    world.telegram.user_says(ANNA, "After")
    await world.telegram.wait_for_count(3, ANNA)
    world.telegram.user_says(ANNA, "/help")
    await world.telegram.wait_for_count(4, ANNA)
    assert await _earlier(world) == ["After", "Echo: After"]


async def test_settings_lead_to_the_language_and_to_ones_data(world: World) -> None:
    world.telegram.user_says(ANNA, "/settings")
    menu = await world.telegram.wait_for_message(ANNA)
    world.telegram.user_presses(ANNA, menu.message_id, data="menu:language")
    await world.telegram.wait_for_message(ANNA, lambda sent: said(sent, "telegram.language"))
    world.telegram.user_presses(ANNA, menu.message_id, data="menu:delete")
    await world.telegram.wait_for_message(ANNA, lambda sent: said(sent, "telegram.erase_question"))


async def test_everything_about_a_person_is_deleted_once_they_confirm_it(world: World) -> None:
    world.telegram.user_says(BORIS, "Boris stays")
    await world.telegram.wait_for_message(BORIS)
    world.telegram.user_says(ANNA, "My secret is a heron")
    answer = await world.telegram.wait_for_message(ANNA)
    await world.row(outbound, count=2, status="sent")
    world.telegram.user_presses(ANNA, answer.message_id, text="👍")
    world.telegram.user_says(ANNA, "/human")
    world.telegram.user_says(ANNA, "/language")
    menu = await world.telegram.wait_for_message(ANNA, lambda sent: said(sent, "telegram.language"))
    world.telegram.user_presses(ANNA, menu.message_id, text="English")
    await world.row(people, person=ANNA)
    world.telegram.inject_update({"update_id": 7, "message": {"chat": {"id": ANNA}, "text": "heron"}})
    world.telegram.user_says(ANNA, "/delete_my_data")
    question = await world.telegram.wait_for_message(ANNA, lambda sent: said(sent, "telegram.erase_question"))
    world.telegram.user_presses(ANNA, question.message_id, text=translate("telegram.erase_no", "en"))
    await world.telegram.wait_for_message(ANNA, lambda sent: said(sent, "telegram.erase_kept"))
    assert "heron" in await _everything(world)
    world.telegram.user_presses(ANNA, question.message_id, text=translate("telegram.erase_yes", "en"))
    await world.telegram.wait_for_message(ANNA, lambda sent: said(sent, "telegram.erased"))
    await world.telegram.wait_until(lambda: None if world.telegram.pending_updates() else True)
    await _until_forgotten(world)
    everything = await _everything(world)
    assert "heron" not in everything
    assert "Anna" not in everything
    assert "Boris stays" in everything


async def test_what_staff_were_told_is_deleted_in_their_chats_too(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    notice = await world.telegram.wait_for_message(ADMIN)
    await world.row(outbound, author="staff_notice", status="sent")
    world.telegram.user_says(ANNA, "/delete_my_data")
    question = await world.telegram.wait_for_message(ANNA, lambda sent: said(sent, "telegram.erase_question"))
    world.telegram.user_presses(ANNA, question.message_id, text=translate("telegram.erase_yes", "en"))
    deleted = await world.telegram.wait_for_effect("deleteMessage", ADMIN)
    assert deleted.message_id == notice.message_id


async def test_a_person_gets_all_that_is_stored_about_them_as_a_file(world: World) -> None:
    world.telegram.user_says(BORIS, "What Boris asks")
    world.telegram.user_says(ANNA, "What Anna asks")
    await world.telegram.wait_for_message(ANNA)
    await world.row(outbound, count=2, status="sent")
    world.telegram.user_says(ANNA, "/export_my_data")
    sent = await world.telegram.wait_for_message(ANNA, lambda sent: sent.method == "sendDocument")
    assert sent.text == translate("telegram.export_caption", "en")
    found = json.loads(world.telegram.world.files[sent.payload["document"]["file_id"]])
    (conversation,) = found["conversations"]
    assert [message["text"] for message in conversation["messages"]] == ["What Anna asks"]
    assert conversation["replies"][0]["body"] == "Echo: What Anna asks"
    assert conversation["answers"][0]["question"] == "What Anna asks"
    assert "Boris" not in json.dumps(found)
    await _until_forgotten(world)


async def test_ones_data_are_no_business_of_a_group(world: World) -> None:
    world.telegram.add_group(GROUP)
    world.telegram.user_says(GROUP, "/delete_my_data", user_id=ANNA)
    await world.telegram.wait_for_message(GROUP, lambda sent: said(sent, "telegram.only_in_private"))
    _press_forged(world, GROUP, "erase:yes")
    await world.telegram.wait_for_count(2, GROUP)
    assert [said(sent, "telegram.only_in_private") for sent in world.telegram.sent(GROUP)] == [True, True]
    assert len(await world.rows(conversations)) == 1


async def test_who_gives_commands_too_fast_is_told_once(sqlite_database: SqliteDatabase, tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        settings = settings_for(fake, tmp_path, user_messages_per_minute=2)
        async with running(fake, sqlite_database, settings) as world:
            for _ in range(6):
                fake.user_says(ANNA, "/help")
            await world.telegram.wait_for_message(ANNA, lambda sent: said(sent, "telegram.too_fast"))
            fake.user_says(BORIS, "/help")
            await fake.wait_for_message(BORIS)
            assert len(await world.rows(outbound)) == 4
            _press_forged(world, ANNA, "menu:export")
            call = await fake.wait_for_call("answerCallbackQuery")
            assert call.params["text"] == translate("telegram.too_fast", "en")


@pytest.mark.parametrize(
    "data", ["language:xx", "language:", "menu:stats", "erase:", "erase:perhaps", ":", "up:", "x" * 64]
)
async def test_a_press_with_forged_data_has_no_effect(world: World, data: str) -> None:
    world.telegram.user_says(ANNA, "Hello")
    await world.telegram.wait_for_message(ANNA)
    before = await _everything(world)
    _press_forged(world, ANNA, data)
    call = await world.telegram.wait_for_call("answerCallbackQuery")
    assert call.params["text"] == translate("telegram.button_gone", "en")
    assert (await _everything(world)).count("Anna") == before.count("Anna")
    assert len(world.telegram.sent(ANNA)) == 1


async def test_the_menu_of_commands_is_shown_in_both_languages(world: World) -> None:
    await world.telegram.wait_until(lambda: world.telegram.world.commands.get("|ru"))
    names = {code: [c["command"] for c in world.telegram.world.commands[f"|{code}"]] for code in ("", "ru")}
    assert names[""] == names["ru"]
    assert names[""] == list(SHOWN)
    described = {c["command"]: c["description"] for c in world.telegram.world.commands["|ru"]}
    assert described["new"] == translate("telegram.command_new", "ru")


async def test_admins_and_the_staff_group_see_commands_of_their_own(
    sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    async with FakeTelegram() as fake:
        fake.add_forum(-1002)
        async with running(fake, sqlite_database, settings_for(fake, tmp_path, staff_group_id=-1002)):
            await fake.wait_for_call("getMe")
            shown = {key: [c["command"] for c in commands] for key, commands in fake.world.commands.items()}
    of_admin, of_group = (
        next(names for key, names in shown.items() if f'"chat_id": {chat}' in key or f'"chat_id":{chat}' in key)
        for chat in (ADMIN, -1002)
    )
    assert of_admin == [*SHOWN, *ADMIN_COMMANDS]
    assert of_group == sorted(STAFF_COMMANDS)


def _press_forged(world: World, chat: int, data: str) -> None:
    """A press whose data no button of ours has."""
    kind = "supergroup" if chat < 0 else "private"
    query = {
        "id": "4242",
        "from": {"id": ANNA, "is_bot": False, "first_name": "Anna", "language_code": "en"},
        "message": {"message_id": 1, "date": 1, "chat": {"id": chat, "type": kind}},
        "chat_instance": "1",
        "data": data,
    }
    world.telegram.inject_update({"update_id": world.telegram.last_update_id() + 1, "callback_query": query})
    world.telegram.skip_update_ids(5)


async def _earlier(world: World) -> list[str]:
    """What Anna's next question could refer to."""
    (conversation,) = await world.rows(conversations)
    place = ConversationId(conversation.id), uuid4(), "telegram", "en"
    turn = Turn(*place, done_seq=conversation.last_seq, turn_to=conversation.last_seq + 1, attempts=1)
    found = await world.database.read(lambda connection: earlier_exchanges(connection, turn, 10))
    return [exchange.text for exchange in found]


async def _everything(world: World) -> str:
    """All that the database holds."""
    return "\n".join([str(row) for table in metadata.sorted_tables for row in await world.rows(table)])


async def _until_forgotten(world: World) -> None:
    """Return when nothing is left of the farewells."""
    async with asyncio.timeout(15):
        while [row for row in await world.rows(outbound) if row.reply_key.startswith("farewell:")]:  # noqa: ASYNC110  # a row rings no bell
            await asyncio.sleep(0.02)
