"""Staff in a forum group: a topic for each person who waits, and talking with them from there."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.schema.operator_tables import notes
from supportbot.common.database.schema.people_tables import people
from supportbot.common.database.schema.staff_tables import staff_places
from supportbot.common.database.schema.tables import conversations, escalations, messages, outbound
from supportbot.common.i18n import translate
from tests.fakes.telegram import FakeTelegram, Sent
from tests.integration.telegram_gateway import ADMIN, ANNA, BORIS, World, running, settings_for

FORUM = -1002


@pytest.fixture
async def world(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[World]:
    async with FakeTelegram() as fake:
        fake.add_forum(FORUM)
        async with running(fake, sqlite_database, settings_for(fake, tmp_path, staff_group_id=FORUM)) as made:
            await fake.wait_for_call("getMe", timeout=60)  # the first test of a process waits for aiogram to be loaded
            yield made


async def test_a_question_for_a_person_gets_a_topic_with_a_card(world: World) -> None:
    world.telegram.user_says(ANNA, "How do I pay?")
    await world.telegram.wait_for_message(ANNA)
    world.telegram.user_says(ANNA, "When, perhaps?")
    card = await _card(world)
    topic = next(iter(world.telegram.world.chats[FORUM].topics.values()))
    assert (topic.name, card.thread_id) == ("Anna", topic.thread_id)
    for part in (
        "When, perhaps?",
        "How do I pay?",
        "Perhaps on Monday.",
        translate("staff.reason_low_confidence", "en"),
    ):
        assert part in card.text
    assert world.telegram.sent(ADMIN) == []


async def test_what_staff_write_in_a_topic_reaches_the_person_and_silences_the_machine(world: World) -> None:
    topic = await _topic(world)
    said = _say(world, topic, "I am looking at it")
    reply = await world.telegram.wait_for_message(ANNA, lambda sent: "looking" in sent.text)
    assert reply.text == "Clara\nI am looking at it"
    joined = translate("telegram.joined", "en", name="Clara")
    assert [sent.text for sent in world.telegram.sent(ANNA)][-2:] == [joined, reply.text]
    await world.telegram.wait_for_effect("setMessageReaction", FORUM, lambda sent: sent.message_id == said)
    await world.row(escalations, state="answered")
    world.telegram.user_says(ANNA, "Thank you, I wait")
    await _relayed(world, "Anna: Thank you, I wait")
    assert not [sent for sent in world.telegram.sent(ANNA) if sent.text.startswith("Echo")]


async def test_the_suggested_reply_is_sent_with_one_press(world: World) -> None:
    world.telegram.user_says(ANNA, "When, perhaps?")
    card = await _card(world)
    assert card.reply_markup is not None
    copying = {"text": translate("staff.button_copy", "en"), "copy_text": {"text": "Perhaps on Monday."}}
    assert [copying] in card.reply_markup["inline_keyboard"]
    world.telegram.user_presses(FORUM, card.message_id, text=translate("staff.button_suggest", "en"), user_id=ADMIN)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nPerhaps on Monday.")


async def test_media_edits_quotes_and_deletions_go_both_ways(world: World) -> None:
    topic = await _topic(world)
    photo = _send(world, topic, {"photo": [{"file_id": "x", "file_unique_id": "u", "width": 1, "height": 1}]})
    copy = await world.telegram.wait_for_message(ANNA, lambda sent: sent.method == "copyMessage")
    assert "photo" in copy.payload
    await world.row(outbound, status="sent", external_id=copy.message_id)
    asked = world.telegram.user_says(ANNA, "Which one?", reply_to=copy.message_id)
    relayed = await _relayed(world, "Anna: Which one?")
    assert relayed.reply_to == photo
    await world.row(outbound, status="sent", external_id=relayed.message_id)
    said = _say(world, topic, "The left oen", reply_to=relayed.message_id)
    reply = await world.telegram.wait_for_message(ANNA, lambda sent: "left" in sent.text)
    assert reply.reply_to == asked
    await world.row(outbound, status="sent", external_id=reply.message_id)
    world.telegram.user_edits(FORUM, said, "The left one")
    edited = await world.telegram.wait_for_effect("editMessageText", ANNA)
    assert (edited.message_id, edited.text) == (reply.message_id, "Clara\nThe left one")
    world.telegram.user_edits(ANNA, asked, "Which one, please?")
    changed = await _relayed(world, "✏️ Anna: Which one, please?")
    assert changed.reply_to == relayed.message_id
    _say(world, topic, "/delete", reply_to=said)
    deleted = await world.telegram.wait_for_effect("deleteMessage", ANNA)
    assert deleted.message_id == reply.message_id


async def test_an_album_of_staff_reaches_the_person_as_one(world: World) -> None:
    topic = await _topic(world)
    size = {"file_id": "x", "file_unique_id": "u", "width": 1, "height": 1}
    photo: dict[str, Any] = {"photo": [size], "media_group_id": "9"}
    world.telegram.hold_updates()
    for caption in ("", "All three", ""):
        _send(world, topic, photo | ({"caption": caption} if caption else {}))
    world.telegram.release_updates()
    row = await world.row(outbound, author="person", status="sent")
    assert row.body == "All three"
    assert len([sent for sent in world.telegram.sent(ANNA) if sent.method == "copyMessage"]) == 3
    assert len(world.telegram.calls("copyMessages")) == 1


async def test_an_album_of_a_person_who_talks_with_staff_reaches_them_as_one(world: World) -> None:
    topic = await _topic(world)
    _say(world, topic, "Hello")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHello")
    for _ in range(3):
        world.telegram.user_sends_media(ANNA, "photo", media_group_id="7")
    await world.telegram.wait_for_call("copyMessages", timeout=20)
    copies = [sent for sent in world.telegram.sent(FORUM) if sent.method == "copyMessage"]
    assert [sent.thread_id for sent in copies] == [topic] * 3


async def test_what_staff_change_before_it_went_out_is_sent_as_it_is_now(world: World) -> None:
    topic = await _topic(world)
    _say(world, topic, "/take")
    joined = translate("telegram.joined", "en", name="Clara")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == joined)
    world.telegram.flood(2, chat=ANNA)
    said = _say(world, topic, "The left oen")
    await world.row(outbound, body="The left oen", status="waiting", attempts=1)
    world.telegram.user_edits(FORUM, said, "The left one")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nThe left one", timeout=20)
    assert not [sent for sent in world.telegram.sent(ANNA) if "oen" in sent.text]


async def test_a_conversation_is_taken_closed_and_opened_again_with_its_topic(world: World) -> None:
    topic = await _topic(world)
    _say(world, topic, "/take")
    await world.row(conversations, mode="person")
    _say(world, topic, "/close")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.closed", "en"))
    await world.row(conversations, mode="closed")
    await world.telegram.wait_until(lambda: world.telegram.world.chats[FORUM].topics[topic].closed or None)
    assert _in_topic(world, topic, translate("staff.closed", "en"))
    assert world.telegram.calls("reopenForumTopic") == []
    world.telegram.user_says(ANNA, "/human")
    await world.telegram.wait_for_call("reopenForumTopic")
    await world.telegram.wait_until(
        lambda: len(_in_topic(world, topic, translate("staff.how_to_reply", "en"))) == 2 or None
    )
    assert len(world.telegram.world.chats[FORUM].topics) == 1


async def test_a_topic_that_staff_close_by_hand_closes_its_conversation(world: World) -> None:
    topic = await _topic(world)
    world.telegram.world.chats[FORUM].topics[topic].closed = True
    _send(world, topic, {"forum_topic_closed": {}})
    await world.row(conversations, mode="closed")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.closed", "en"))


async def test_staff_learn_that_the_person_cannot_be_reached(world: World) -> None:
    topic = await _topic(world)
    world.telegram.user_blocks(ANNA)
    _say(world, topic, "Are you there?")
    words = translate("staff.not_delivered", "en", text="Are you there?")
    await world.telegram.wait_for_message(FORUM, lambda sent: sent.text == words)


async def test_a_conversation_handed_back_is_the_machines_and_begins_anew(world: World) -> None:
    topic = await _topic(world)
    _say(world, topic, "Hello")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHello")
    _say(world, topic, "/back")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.machine_is_back", "en"))
    world.telegram.user_says(ANNA, "How do I pay?")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith("Echo: How do I pay?"))
    row = await world.row(conversations, mode="machine")
    assert row.context_seq == 1


async def test_a_topic_that_somebody_deleted_is_made_anew_with_its_card(world: World) -> None:
    topic = await _topic(world)
    _say(world, topic, "Hello")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHello")
    del world.telegram.world.chats[FORUM].topics[topic]
    world.telegram.user_says(ANNA, "Are you there?")
    relayed = await _relayed(world, "Anna: Are you there?")
    (made,) = world.telegram.world.chats[FORUM].topics
    assert relayed.thread_id == made != topic
    (card,) = [sent for sent in world.telegram.sent(FORUM) if sent.thread_id == made and "Anna" in sent.text][:1]
    assert translate("staff.reason_asked_for_person", "en") in card.text
    assert (await world.row(staff_places, topic=made)).is_open


async def test_a_topic_made_anew_while_somebody_waits_has_a_card_that_can_be_used(world: World) -> None:
    topic = await _topic(world)
    del world.telegram.world.chats[FORUM].topics[topic]
    world.telegram.user_says(ANNA, "How do I pay?")
    relayed = await _relayed(world, "Anna: How do I pay?")
    (made,) = world.telegram.world.chats[FORUM].topics.values()
    assert (made.name, made.thread_id) == ("Anna", relayed.thread_id)
    (card,) = _in_topic(world, made.thread_id, translate("staff.how_to_reply", "en"))
    world.telegram.user_presses(FORUM, card.message_id, text=translate("staff.button_take", "en"), user_id=ADMIN)
    await world.row(conversations, mode="person")


async def test_a_card_that_finds_its_topic_gone_stands_in_the_new_one_once(world: World) -> None:
    topic = await _topic(world)
    del world.telegram.world.chats[FORUM].topics[topic]
    world.telegram.user_says(ANNA, "And when, perhaps?")
    await _relayed(world, "And when, perhaps?")
    _say(world, next(iter(world.telegram.world.chats[FORUM].topics)), "On Monday")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nOn Monday")
    assert len([sent for sent in world.telegram.sent(FORUM) if "And when, perhaps?" in sent.text]) == 1


async def test_a_photo_that_staff_have_looked_at_is_not_given_to_them_again_when_they_hand_back(world: World) -> None:
    topic = await _topic(world)
    _say(world, topic, "Hello")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHello")
    world.telegram.user_sends_media(ANNA, "photo")
    await world.telegram.wait_for_message(FORUM, lambda sent: sent.method == "copyMessage", timeout=20)
    _say(world, topic, "/back")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.machine_is_back", "en"))
    world.telegram.user_says(ANNA, "How do I pay?")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith("Echo: How do I pay?"))
    assert len(await world.rows(escalations)) == 1


async def test_a_command_that_is_edited_does_nothing_and_says_so(world: World) -> None:
    topic = await _topic(world)
    said = _say(world, topic, "/note promised a cal")
    await world.row(notes, text="promised a cal")
    world.telegram.user_edits(FORUM, said, "/note promised a call")
    words = translate("staff.edited_command", "en")
    await world.telegram.wait_for_message(FORUM, lambda sent: sent.text == words)
    assert [row.text for row in await world.rows(notes)] == ["promised a cal"]


async def test_a_topic_that_somebody_closed_is_opened_for_what_is_said_in_it(world: World) -> None:
    topic = await _topic(world)
    _say(world, topic, "Hello")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHello")
    world.telegram.world.chats[FORUM].topics[topic].closed = True
    world.telegram.user_says(ANNA, "Are you there?")
    assert (await _relayed(world, "Anna: Are you there?")).thread_id == topic


async def test_notes_are_for_staff_alone_and_shown_with_what_is_known(world: World) -> None:
    topic = await _topic(world)
    _say(world, topic, "/note promised a call")
    await world.row(notes, text="promised a call", author="Clara")
    _say(world, topic, "/info")
    await world.telegram.wait_for_message(FORUM, lambda sent: "✎ Clara: promised a call" in sent.text)
    assert not [sent for sent in world.telegram.sent(ANNA) if "promised" in sent.text]


async def test_ready_made_replies_are_kept_listed_and_sent(world: World) -> None:
    topic = await _topic(world)
    _say(world, topic, "/canned add hours {{name}}, we are open from nine to six.")
    kept = translate("staff.canned_kept", "en", name="hours", text="Anna, we are open from nine to six.")
    await world.telegram.wait_for_message(FORUM, lambda sent: sent.text == kept)
    _say(world, topic, "/canned")
    await world.telegram.wait_for_message(FORUM, lambda sent: "/canned hours: {{name}}, we are open" in sent.text)
    _say(world, topic, "/canned hours")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nAnna, we are open from nine to six.")
    _say(world, topic, "/canned remove hours")
    gone = translate("staff.canned_removed", "en", name="hours")
    await world.telegram.wait_for_message(FORUM, lambda sent: sent.text == gone)
    _say(world, topic, "/canned remove hours")
    unknown = translate("staff.canned_unknown", "en", name="hours")
    await world.telegram.wait_for_message(FORUM, lambda sent: sent.text == unknown)


async def test_nothing_is_taken_in_from_who_is_banned_until_that_is_undone(world: World) -> None:
    topic = await _topic(world)
    _say(world, topic, "/ban")
    await world.row(people, person=ANNA, banned_by="Clara")
    world.telegram.user_says(ANNA, "Spam")
    _say(world, topic, "/unban")
    await world.row(people, person=ANNA, banned_by=None)
    world.telegram.user_says(ANNA, "Sorry")
    await world.row(messages, text="Sorry")
    assert not [row for row in await world.rows(messages) if row.text == "Spam"]


async def test_what_is_no_command_of_ours_is_not_sent_to_the_person(world: World) -> None:
    topic = await _topic(world)
    _say(world, topic, "/cloes")
    await world.telegram.wait_for_message(FORUM, lambda sent: sent.text == translate("staff.unknown_command", "en"))
    assert not [row for row in await world.rows(outbound) if row.author == "person"]


async def test_what_is_said_outside_of_the_topics_reaches_nobody(world: World) -> None:
    topic = await _topic(world)
    world.telegram.user_says(FORUM, "Lunch?", user_id=ADMIN)
    other = world.telegram.add_topic(FORUM, "Coffee")
    _say(world, other.thread_id, "@fake_bot how do I pay?")
    _send(world, other.thread_id, {"forum_topic_closed": {}})
    world.telegram.user_says(FORUM, "/note tea", user_id=ADMIN)
    words = translate("staff.command_in_topic", "en")
    await world.telegram.wait_for_message(FORUM, lambda sent: sent.text == words)
    _say(world, topic, "Hello")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHello")
    assert len(await world.rows(conversations)) == 1
    assert len([sent for sent in world.telegram.sent(FORUM) if sent.text == words]) == 1


@pytest.mark.parametrize("action", ["take", "suggest", "close", "back", "reply"])
async def test_staffs_buttons_do_nothing_for_anybody_else(world: World, action: str) -> None:
    await _topic(world)
    (escalation,) = await world.rows(escalations)
    await _press_forged(world, BORIS, BORIS, f"{action}:{escalation.id}")
    world.telegram.add_group(-1005)
    await _press_forged(world, -1005, BORIS, f"{action}:{escalation.id}")
    await _press_forged(world, ADMIN, ADMIN, f"{action}:{escalation.id}")
    await _press_forged(world, FORUM, ADMIN, f"{action}:{escalation.id}")
    assert [row.mode for row in await world.rows(conversations)] == ["machine"]
    assert not [row for row in await world.rows(outbound) if row.author == "person"]


async def test_people_on_the_web_have_topics_too(world: World) -> None:
    incoming = IncomingMessage("web", "", "visitor", "web:visitor", "1", "", "", kind="person", user_name="")
    await world.database.write(lambda tx: receive_message(tx, incoming))
    card = await _card(world)
    assert card.thread_id is not None
    _say(world, card.thread_id, "Hello on the web")
    row = await world.row(outbound, author="person")
    assert (row.channel, row.status, row.body) == ("web", "sent", "Hello on the web")
    _send(world, card.thread_id, {"location": {"latitude": 59.93, "longitude": 30.31}})
    words = translate("staff.not_on_web", "en")
    await world.telegram.wait_for_message(FORUM, lambda sent: sent.text == words)


async def test_a_busy_group_gets_what_was_said_meanwhile_together(world: World) -> None:
    topic = await _topic(world)
    _say(world, topic, "Hello")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHello")
    world.telegram.flood(3, chat=FORUM)
    for number in range(5):
        world.telegram.user_says(ANNA, f"Line {number}")
    await world.row(messages, text="Line 4")
    await _relayed(world, "Line 4")
    relays = [sent for sent in world.telegram.sent(FORUM) if "Line" in sent.text]
    assert len(relays) < 5
    assert [line for sent in relays for line in sent.text.split("\n")] == [f"Anna: Line {n}" for n in range(5)]


async def _topic(world: World) -> int:
    """The topic of Anna, who asked for a person."""
    world.telegram.user_says(ANNA, "/human")
    card = await _card(world)
    assert card.thread_id is not None
    return card.thread_id


async def _card(world: World) -> Sent:
    """The card, once it is stored that it arrived."""
    card = await world.telegram.wait_for_message(FORUM, lambda sent: translate("staff.how_to_reply", "en") in sent.text)
    await world.row(outbound, author="staff_notice", status="sent", external_id=card.message_id)
    return card


def _say(world: World, topic: int, text: str, *, reply_to: int | None = None) -> int:
    return world.telegram.user_says(FORUM, text, user_id=ADMIN, thread_id=topic, reply_to=reply_to)


def _send(world: World, topic: int, content: dict[str, Any]) -> int:
    return world.telegram.user_sends(FORUM, content, user_id=ADMIN, thread_id=topic)


def _in_topic(world: World, topic: int, part: str) -> list[Sent]:
    return [sent for sent in world.telegram.sent(FORUM) if sent.thread_id == topic and part in sent.text]


async def _relayed(world: World, part: str) -> Sent:
    return await world.telegram.wait_for_message(FORUM, lambda sent: part in sent.text, timeout=20)


async def _press_forged(world: World, chat: int, person: int, data: str) -> None:
    number = len(world.telegram.calls("answerCallbackQuery")) + 1
    kind = "supergroup" if chat < 0 else "private"
    query = {
        "id": str(4242 + number),
        "from": {"id": person, "is_bot": False, "first_name": "Boris", "language_code": "en"},
        "message": {"message_id": 1, "date": 1, "chat": {"id": chat, "type": kind}},
        "chat_instance": "1",
        "data": data,
    }
    update_id = world.telegram.last_update_id() + 1000 + number
    world.telegram.inject_update({"update_id": update_id, "callback_query": query})
    calls = await world.telegram.wait_until(
        lambda: found if len(found := world.telegram.calls("answerCallbackQuery")) >= number else None
    )
    assert calls[-1].params["text"] == translate("telegram.button_gone", "en")


async def test_where_a_group_has_much_to_be_told_the_next_topic_is_made_in_another(
    sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    async with FakeTelegram() as fake:
        for group in (FORUM, FORUM - 1):
            fake.add_forum(group)
        settings = settings_for(fake, tmp_path, staff_group_id=f"{FORUM},{FORUM - 1}")
        async with running(fake, sqlite_database, settings) as world:
            fake.flood(60, method="createForumTopic", chat=FORUM)
            fake.user_says(ANNA, "/human")
            await world.row(outbound, author="act", status="waiting", attempts=1)
            fake.user_says(BORIS, "/human")
            card = await fake.wait_for_message(FORUM - 1, lambda sent: "Boris" in sent.text, timeout=20)
            fake.user_says(FORUM - 1, "Hello", user_id=ADMIN, thread_id=card.thread_id)
            await fake.wait_for_message(BORIS, lambda sent: sent.text == "Clara\nHello", timeout=20)
            assert not fake.world.chats[FORUM].topics
