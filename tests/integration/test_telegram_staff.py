"""Staff in Telegram: told about what waits for a person, and answering from there."""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from supportbot.common.cache.memory import MemoryCache
from supportbot.common.contracts import AlertRaised
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.schema.tables import conversations, escalations, feedback, messages, outbound
from supportbot.common.database.transactions import Transaction
from supportbot.common.i18n import translate
from tests.fakes.telegram import FakeTelegram, Sent
from tests.integration.telegram_gateway import ADMIN, ANNA, BORIS, World, answer_next, running, settings_for

ALERTS = 900


@pytest.fixture
async def world(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[World]:
    async with FakeTelegram() as fake:
        fake.add_user(ALERTS, "Operations")
        settings = settings_for(fake, tmp_path, admin_chat_id=ALERTS)
        async with running(fake, sqlite_database, settings) as made:
            yield made


async def test_staff_are_told_once_who_asks_what_and_why(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    notice = await world.telegram.wait_for_message(ADMIN)
    assert "Anna" in notice.text
    assert translate("staff.reason_asked_for_person", "en") in notice.text
    world.telegram.user_says(ANNA, "Thanks")
    await world.telegram.wait_for_message(ANNA, lambda sent: "Thanks" in sent.text)
    assert len(world.telegram.sent(ADMIN)) == 1
    (escalation,) = await world.rows(escalations)
    assert escalation.staff_told_at is not None


async def test_many_questions_at_once_are_one_message_that_shows_each_of_them(
    sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    async with FakeTelegram() as fake:
        for number in range(7):
            incoming = IncomingMessage("web", "", f"v{number}", f"web:v{number}", "1", "", "", kind="person")
            await sqlite_database.write(lambda tx, of=incoming: receive_message(tx, of))  # type: ignore[misc]
            assert await answer_next(sqlite_database) is not None
        async with running(fake, sqlite_database, settings_for(fake, tmp_path)) as world:
            many = translate("staff.many_wait", "en", n=7)
            told = await fake.wait_for_message(ADMIN, lambda sent: many in sent.text, timeout=60)
            assert told.reply_markup is not None
            buttons = [row[0]["callback_data"] for row in told.reply_markup["inline_keyboard"]]
            assert len(buttons) == 7
            fake.user_presses(ADMIN, told.message_id, buttons[3])
            notice = await fake.wait_for_message(ADMIN, lambda sent: translate("staff.how_to_reply", "en") in sent.text)
            await world.row(outbound, author="staff_notice", status="sent", external_id=notice.message_id)
            fake.user_says(ADMIN, "Here I am", reply_to=notice.message_id)
            reply = await world.row(outbound, author="person")
            assert (reply.channel, reply.body) == ("web", "Here I am")
            assert len(fake.sent(ADMIN)) == 2


async def test_an_admins_reply_reaches_whoever_asked(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    notice = await _notice(world)
    reply_id = world.telegram.user_says(ADMIN, "I am looking at it", reply_to=notice.message_id)
    reply = await world.telegram.wait_for_message(ANNA, lambda sent: "looking" in sent.text)
    assert reply.text == "Clara\nI am looking at it"
    await world.row(escalations, state="answered")
    noticed = await world.telegram.wait_for_effect("setMessageReaction", ADMIN)
    assert noticed.message_id == reply_id


async def test_an_admins_reply_reaches_the_web_chat_too(world: World) -> None:
    incoming = IncomingMessage("web", "", "visitor", "web:visitor", "1", "", "", kind="person", user_name="")
    await world.database.write(lambda tx: receive_message(tx, incoming))
    notice = await _notice(world)
    assert translate("staff.channel_web", "en") in notice.text
    world.telegram.user_says(ADMIN, "Hello on the web", reply_to=notice.message_id)
    row = await world.row(outbound, author="person")
    assert (row.channel, row.status, row.body) == ("web", "sent", "Hello on the web")


async def test_an_album_reaches_staff_whole_and_a_reply_to_it_reaches_the_person(world: World) -> None:
    world.telegram.hold_updates()
    world.telegram.user_sends_media(ANNA, "photo", media_group_id="7", caption="It came like this")
    world.telegram.user_sends_media(ANNA, "photo", media_group_id="7")
    world.telegram.release_updates()
    await _notice(world)
    copy = await world.telegram.wait_for_message(ADMIN, lambda sent: sent.method == "copyMessage")
    await world.row(outbound, count=2, author="staff_notice", status="sent")
    sent_first = await world.row(messages, text="It came like this")
    assert copy.text == "It came like this"
    assert "photo" in copy.payload
    world.telegram.user_says(ADMIN, "We send a new one", reply_to=copy.message_id)
    reply = await world.telegram.wait_for_message(ANNA, lambda sent: "new one" in sent.text)
    assert reply.text == "Clara\nWe send a new one"
    assert reply.reply_to == sent_first.external_id


@pytest.mark.parametrize(
    "content",
    [
        {"location": {"latitude": 59.93, "longitude": 30.31}},
        {"contact": {"phone_number": "+4420", "first_name": "Eve"}},
        {"document": {"file_id": "f1", "file_unique_id": "u1", "file_name": "bill.pdf"}},
    ],
    ids=lambda content: next(iter(content)),
)
async def test_what_only_a_person_can_look_at_reaches_staff_as_it_is(world: World, content: dict[str, Any]) -> None:
    world.telegram.user_sends(ANNA, content)
    await _notice(world)
    copy = await world.telegram.wait_for_message(ADMIN, lambda sent: sent.method == "copyMessage")
    assert translate("staff.no_words", "en") in world.telegram.sent(ADMIN)[0].text
    (kind,) = content
    assert copy.payload[kind] == content[kind]
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "A person will answer.")


async def test_commands_of_staff_work_in_reply_in_an_admins_own_chat(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    notice = await _notice(world)

    async def told(command: str, text: str) -> None:
        world.telegram.user_says(ADMIN, command, reply_to=notice.message_id)
        await world.telegram.wait_for_message(ADMIN, lambda sent: text in sent.text)

    await told("/take", translate("staff.taken", "en"))
    await told("/note calls back on Monday", translate("staff.noted", "en"))
    kept = translate("staff.canned_kept", "en", name="hello", text="Hello Anna, this is Clara.")
    await told("/canned add hello Hello {{name}}, this is {{operator}}.", kept)
    await told("/canned helo", translate("staff.canned_unknown", "en", name="helo"))
    await told("/info", "✎ Clara: calls back on Monday")
    await told("/frobnicate", translate("staff.unknown_command", "en"))
    world.telegram.user_says(ADMIN, "/canned hello", reply_to=notice.message_id)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHello Anna, this is Clara.")
    await told("/close", translate("staff.closed", "en"))
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.closed", "en"))
    assert [sent.text for sent in world.telegram.sent(ANNA) if "/" in sent.text or "Monday" in sent.text] == []


async def test_what_an_admin_writes_while_they_have_taken_something_is_no_question_and_goes_to_nobody(
    world: World,
) -> None:
    world.telegram.user_says(ANNA, "/human")
    notice = await _notice(world)
    world.telegram.user_presses(ADMIN, notice.message_id, text=translate("staff.button_take", "en"))
    joined = translate("telegram.joined", "en", name="Clara")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == joined)
    world.telegram.user_says(ADMIN, "On Monday, I think")
    whom = translate("staff.whom", "en", name="Anna")
    prompt = await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == whom)
    assert prompt.reply_markup == {"force_reply": True}
    assert [row.text for row in await world.rows(messages)] == [""]
    await world.row(outbound, status="sent", external_id=prompt.message_id)
    world.telegram.user_says(ADMIN, "On Monday.", reply_to=prompt.message_id)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nOn Monday.")


async def test_a_command_of_staff_that_is_for_no_conversation_is_explained(world: World) -> None:
    world.telegram.user_says(ADMIN, "/close")
    how = translate("staff.command_in_reply", "en")
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == how)


async def test_an_answer_that_is_no_help_is_not_suggested(world: World) -> None:
    world.telegram.user_says(ANNA, "nonsense, perhaps?")
    notice = await _notice(world)
    assert "Perhaps on Monday." not in notice.text
    assert notice.reply_markup is not None
    labels = [button["text"] for row in notice.reply_markup["inline_keyboard"] for button in row]
    assert labels == [translate(f"staff.button_{action}", "en") for action in ("take", "reply", "close")]


async def test_who_waits_and_asks_more_is_told_to_staff_once(world: World) -> None:
    world.telegram.user_says(ANNA, "perhaps?")
    notice = await _notice(world)
    world.telegram.user_presses(ADMIN, notice.message_id, text=translate("staff.button_reply", "en"))
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == translate("staff.write_reply", "en"))
    world.telegram.user_says(ANNA, "How do I pay?")
    told = f"Anna: How do I pay?\n{translate('staff.machine_answered', 'en')}"
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == told)
    world.telegram.user_says(ANNA, "And where, perhaps?")
    how = translate("staff.how_to_reply", "en")
    await world.telegram.wait_for_message(ADMIN, lambda sent: "And where" in sent.text and how in sent.text)
    world.telegram.user_says(ANNA, "How do I return it?")
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text.startswith("Anna: How do I return it?"))
    assert len([sent for sent in world.telegram.sent(ADMIN) if "And where" in sent.text and how not in sent.text]) == 0


async def test_an_admin_takes_a_question_hears_what_follows_and_hands_it_back(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    notice = await _notice(world)
    query = world.telegram.user_presses(ADMIN, notice.message_id, text=translate("staff.button_take", "en"))
    told = await world.telegram.wait_until(lambda: world.telegram.callback_answer(query))
    assert told["text"] == translate("staff.taken_short", "en")
    theirs = translate("staff.you_have_it", "en", name="Anna")
    leading = await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == theirs)
    assert leading.reply_markup is not None
    labels = [button["text"] for row in leading.reply_markup["inline_keyboard"] for button in row]
    assert labels == [translate(f"staff.button_{action}", "en") for action in ("back", "close")]
    joined = translate("telegram.joined", "en", name="Clara")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == joined)
    world.telegram.user_says(ANNA, "It is about my order")
    relayed = await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == "Anna: It is about my order")
    await world.row(outbound, status="sent", external_id=relayed.message_id)
    world.telegram.user_says(ADMIN, "Which one?", reply_to=relayed.message_id)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nWhich one?")
    world.telegram.user_says(ADMIN, "/back", reply_to=relayed.message_id)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.machine_is_back", "en"))
    await world.row(conversations, mode="machine")


async def test_the_reply_button_begins_a_reply_that_reaches_the_person(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    notice = await _notice(world)
    world.telegram.user_presses(ADMIN, notice.message_id, text=translate("staff.button_reply", "en"))
    prompt = await world.telegram.wait_for_message(
        ADMIN, lambda sent: sent.text == translate("staff.write_reply", "en")
    )
    assert prompt.reply_markup == {"force_reply": True}
    await world.row(outbound, status="sent", external_id=prompt.message_id)
    world.telegram.user_says(ADMIN, "Here I am", reply_to=prompt.message_id)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHere I am")


async def test_an_admin_closes_a_conversation_from_the_notice(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    notice = await _notice(world)
    world.telegram.user_presses(ADMIN, notice.message_id, text=translate("staff.button_close", "en"))
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.closed", "en"))
    await world.row(conversations, mode="closed")


@pytest.mark.parametrize(("command", "part"), [("/status", "Waiting for a person: 1"), ("/stats", "Questions: 1")])
async def test_figures_are_for_admins_alone(world: World, command: str, part: str) -> None:
    world.telegram.user_says(ANNA, "/human")
    await _notice(world)
    world.telegram.user_says(ANNA, command)
    unknown = translate("telegram.unknown_command", "en")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith(unknown))
    world.telegram.user_says(ADMIN, command)
    told = await world.telegram.wait_for_message(ADMIN, lambda sent: part in sent.text)
    assert "👍" in told.text or "Documents" in told.text


async def test_nobody_else_can_reply_as_staff(world: World) -> None:
    world.telegram.user_says(ANNA, "Hello")
    answer = await world.telegram.wait_for_message(ANNA)
    world.telegram.user_says(ANNA, "I am staff", reply_to=answer.message_id)
    await world.telegram.wait_for_message(ANNA, lambda sent: "I am staff" in sent.text)
    assert not [row for row in await world.rows(outbound) if row.author == "person"]


@pytest.mark.parametrize(
    ("content", "key"), [({"text": "   "}, "staff.only_text"), ({"text": "/stop"}, "staff.unknown_command")]
)
async def test_what_cannot_be_passed_on_is_said_so(world: World, content: dict[str, object], key: str) -> None:
    world.telegram.user_says(ANNA, "/human")
    notice = await _notice(world)
    world.telegram.user_sends(ADMIN, content, reply_to=notice.message_id)
    note = await world.telegram.wait_for_message(ADMIN, lambda sent: sent.message_id != notice.message_id)
    assert note.text == translate(key, "en")


async def test_a_reply_to_something_unknown_is_explained_and_sent_to_nobody(world: World) -> None:
    world.telegram.user_says(ADMIN, "/status")
    figures = await world.telegram.wait_for_message(ADMIN)
    await world.row(outbound, author="staff_notice", status="sent")
    world.telegram.user_says(ADMIN, "To whom?", reply_to=figures.message_id)
    explained = translate("staff.unknown_reply", "en")
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == explained)
    assert not [row for row in await world.rows(outbound) if row.author == "person"]


async def test_a_reply_that_is_quicker_than_our_knowledge_of_its_notice_finds_its_way(world: World) -> None:
    world.telegram.slow("sendMessage", 0.6, chat=ADMIN, works_at_once=True)
    world.telegram.user_says(ANNA, "/human")
    notice = await world.telegram.wait_for_message(ADMIN)
    world.telegram.user_says(ADMIN, "At once!", reply_to=notice.message_id)
    reply = await world.telegram.wait_for_message(ANNA, lambda sent: "At once" in sent.text)
    assert reply.text == "Clara\nAt once!"
    assert len(world.telegram.sent(ADMIN)) == 1


async def test_an_admin_may_ask_like_anybody_else(world: World) -> None:
    world.telegram.user_says(ADMIN, "How do returns work?")
    answer = await world.telegram.wait_for_message(ADMIN)
    await world.row(outbound, status="sent")
    world.telegram.user_says(ADMIN, "And refunds?", reply_to=answer.message_id)
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text.startswith("Echo: And refunds?"))


async def test_votes_are_stored_and_shown_and_the_newest_counts(world: World) -> None:
    world.telegram.user_says(ANNA, "Hello")
    answer = await world.telegram.wait_for_message(ANNA)
    await world.row(outbound, status="sent")
    query = world.telegram.user_presses(ANNA, answer.message_id, text="👍")
    await world.row(feedback, vote=1)
    await world.telegram.wait_until(lambda: world.telegram.callback_answer(query))
    await world.telegram.wait_for_effect("editMessageReplyMarkup", ANNA)
    world.telegram.user_presses(ANNA, answer.message_id, text="👎")
    vote = await world.row(feedback, vote=-1)
    (reply,) = await world.rows(outbound)
    assert vote.reply_key == reply.reply_key


async def test_a_button_of_another_chat_has_no_effect(world: World) -> None:
    world.telegram.user_says(ANNA, "Hello")
    await world.telegram.wait_for_message(ANNA)
    (reply,) = await world.rows(outbound)
    chat = {"id": BORIS, "type": "private"}
    query = {
        "id": "4242",
        "from": {"id": BORIS, "is_bot": False, "first_name": "Boris"},
        "message": {"message_id": 1, "date": 1, "chat": chat},
        "chat_instance": "1",
        "data": f"up:{reply.reply_key}",
    }
    world.telegram.inject_update({"update_id": world.telegram.last_update_id() + 1, "callback_query": query})
    await world.telegram.wait_for_call("answerCallbackQuery")
    assert await world.rows(feedback) == []


async def test_a_person_can_be_called_by_button(world: World) -> None:
    world.telegram.user_says(ANNA, "Hello")
    answer = await world.telegram.wait_for_message(ANNA)
    await world.row(outbound, status="sent")
    world.telegram.user_presses(ANNA, answer.message_id, text=translate("telegram.person_button", "en"))
    await world.row(messages, kind="person")
    await world.telegram.wait_for_message(ADMIN)


async def test_a_press_on_a_reply_of_which_nobody_knew_whether_it_arrived_settles_it(world: World) -> None:
    world.telegram.fail("sendMessage", status=502, after_accept=True)
    world.telegram.user_says(ANNA, "Hello")
    answer = await world.telegram.wait_for_message(ANNA)
    await world.row(outbound, status="uncertain")
    world.telegram.user_presses(ANNA, answer.message_id, text="👍")
    await world.row(outbound, status="sent", external_id=answer.message_id)


async def test_alerts_reach_their_chat(world: World) -> None:
    alert = AlertRaised(correlation_id=uuid4(), kind="test", severity="critical", text="The disk is **full**")
    await world.database.write(lambda tx: tx.emit(alert))
    shown = await world.telegram.wait_for_message(ALERTS)
    assert "The disk is **full**" in shown.text


async def test_a_flood_of_alerts_is_a_few_messages_that_say_how_many_there_were(
    sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    clock = StandingClock()
    async with FakeTelegram() as fake:
        fake.add_user(ALERTS, "Operations")
        settings = settings_for(fake, tmp_path, admin_chat_id=ALERTS)
        async with running(fake, sqlite_database, settings, cache=MemoryCache(clock)) as world:
            for number in range(30):
                alert = AlertRaised(correlation_id=uuid4(), kind="sending", severity="warning", text=f"Lost {number}")
                await world.database.write(partial(emit, alert))
            await fake.wait_for_message(ALERTS, lambda sent: "Lost" in sent.text)
            await until_held(world, 29)
            clock.now_s += 61
            last = await fake.wait_for_message(ALERTS, lambda sent: "more of this kind" in sent.text)
            assert "Lost 29" in last.text
            assert "and 28 more of this kind" in last.text
            assert len(fake.sent(ALERTS)) == 2


async def test_without_admins_escalations_wait_in_the_inbox(sqlite_database: SqliteDatabase, tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        settings = settings_for(fake, tmp_path, admin_ids=())
        async with running(fake, sqlite_database, settings) as world:
            fake.user_says(ANNA, "/human")
            await fake.wait_for_message(ANNA)
            (escalation,) = await world.rows(escalations)
            assert escalation.staff_told_at is None
            assert len(await world.rows(conversations)) == 1


async def emit(alert: AlertRaised, tx: Transaction) -> None:
    await tx.emit(alert)


async def until_held(world: World, count: int) -> None:
    async with asyncio.timeout(15):
        while world.gateway._staff._alerts.held < count:  # noqa: ASYNC110  # what is held rings no bell
            await asyncio.sleep(0.02)


class StandingClock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


async def _notice(world: World) -> Sent:
    """The message to the admin, once it is stored that it arrived."""
    await world.row(outbound, author="staff_notice", status="sent")
    return world.telegram.sent(ADMIN)[0]
