"""Staff in Telegram and colleagues in the inbox see the same conversation; so do both sides of a chat."""

from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import pytest

from supportbot.admin_api.inbox.service import InboxService
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.staff_tables import relays, staff_places
from supportbot.common.database.schema.tables import conversations, outbound
from supportbot.common.i18n import translate
from supportbot.common.ids import ConversationId
from tests.fakes.telegram import FakeTelegram, Sent
from tests.integration.telegram_gateway import ADMIN, ANNA, World, running, settings_for

FORUM = -1002


@pytest.fixture
async def world(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[World]:
    async with FakeTelegram() as fake:
        fake.add_forum(FORUM)
        async with running(fake, sqlite_database, settings_for(fake, tmp_path, staff_group_id=FORUM)) as made:
            await fake.wait_for_call("getMe", timeout=60)
            yield made


async def test_what_a_colleague_writes_in_the_inbox_is_read_in_the_topic_and_can_be_deleted_there(world: World) -> None:
    topic = await _topic(world)
    inbox = InboxService(world.database)
    await inbox.change(await _conversation(world), "take-over")
    await _in_topic(world, topic, translate("staff.taken_elsewhere", "en", name=translate("chat.colleague", "en")))
    await inbox.reply(await _conversation(world), text="On its way.", seen=1, client_id=uuid4().hex, operator="Boris")
    reply = await world.telegram.wait_for_message(ANNA, lambda sent: "On its way." in sent.text)
    told = await _in_topic(world, topic, translate("staff.wrote_elsewhere", "en", name="Boris", text="On its way."))
    await world.row(relays, staff_message=told.message_id, person_message=reply.message_id)
    world.telegram.user_says(FORUM, "/delete", user_id=ADMIN, thread_id=topic, reply_to=told.message_id)
    deleted = await world.telegram.wait_for_effect("deleteMessage", ANNA)
    assert deleted.message_id == reply.message_id


async def test_what_was_closed_in_the_inbox_is_said_and_closed_in_the_topic(world: World) -> None:
    topic = await _topic(world)
    inbox, conversation = InboxService(world.database), await _conversation(world)
    await inbox.reply(conversation, text="Done.", seen=1, client_id=uuid4().hex, operator="Boris")
    await inbox.change(conversation, "close")
    closed = await _in_topic(world, topic, translate("staff.closed_elsewhere", "en"))
    await world.telegram.wait_until(lambda: world.telegram.world.chats[FORUM].topics[topic].closed or None, 20)
    said = await _in_topic(world, topic, "Done.")
    assert said.number < closed.number


async def test_what_was_handed_back_in_the_inbox_is_said_in_the_topic(world: World) -> None:
    topic = await _topic(world)
    inbox, conversation = InboxService(world.database), await _conversation(world)
    await inbox.change(conversation, "take-over")
    await _in_topic(world, topic, translate("staff.taken_elsewhere", "en", name=translate("chat.colleague", "en")))
    await inbox.change(conversation, "hand-back")
    await _in_topic(world, topic, translate("staff.handed_back_elsewhere", "en"))


async def test_what_staff_do_in_telegram_is_not_told_to_them_again(world: World) -> None:
    topic = await _topic(world)
    for text in ("/take", "Hello", "/back"):
        world.telegram.user_says(FORUM, text, user_id=ADMIN, thread_id=topic)
    await _in_topic(world, topic, translate("staff.handed_back", "en"))
    row = await world.row(conversations, mode="machine")
    await world.row(staff_places, told_out=row.out_seq, told_mode="machine")
    assert not [sent for sent in world.telegram.sent(FORUM) if "inbox" in sent.text]


async def test_a_suggested_reply_that_was_sent_stands_in_the_topic(world: World) -> None:
    world.telegram.user_says(ANNA, "When, perhaps?")
    card = await world.telegram.wait_for_message(FORUM, lambda sent: translate("staff.how_to_reply", "en") in sent.text)
    await world.row(outbound, author="staff_notice", status="sent", external_id=card.message_id)
    world.telegram.user_presses(FORUM, card.message_id, text=translate("staff.button_suggest", "en"), user_id=ADMIN)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nPerhaps on Monday.")
    assert card.thread_id is not None
    await _in_topic(world, card.thread_id, translate("staff.wrote_here", "en", name="Clara", text="Perhaps on Monday."))


async def test_a_caption_that_staff_change_is_changed_for_the_person(world: World) -> None:
    topic = await _topic(world)
    photo = {"photo": [{"file_id": "x", "file_unique_id": "u", "width": 1, "height": 1}], "caption": "The left oen"}
    sent = world.telegram.user_sends(FORUM, photo, user_id=ADMIN, thread_id=topic)
    copy = await world.telegram.wait_for_message(ANNA, lambda sent: sent.method == "copyMessage")
    await world.row(relays, staff_message=sent, person_message=copy.message_id)
    world.telegram.user_changes_caption(FORUM, sent, "The left <one>")
    edited = await world.telegram.wait_for_effect("editMessageCaption", ANNA)
    assert (edited.message_id, edited.text) == (copy.message_id, "The left <one>")


async def test_reactions_go_both_ways(world: World) -> None:
    topic = await _topic(world)
    said = world.telegram.user_says(FORUM, "Hello", user_id=ADMIN, thread_id=topic)
    reply = await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHello")
    await world.row(relays, staff_message=said, person_message=reply.message_id)
    world.telegram.user_reacts(ANNA, reply.message_id, "❤")
    shown = await world.telegram.wait_for_effect("setMessageReaction", FORUM, lambda sent: sent.text == "❤")
    assert shown.message_id == said
    world.telegram.user_reacts(FORUM, said, "🙏", user_id=ADMIN)
    shown = await world.telegram.wait_for_effect("setMessageReaction", ANNA, lambda sent: sent.text == "🙏")
    assert shown.message_id == reply.message_id
    world.telegram.user_reacts(FORUM, said, user_id=ADMIN)
    await world.telegram.wait_for_effect("setMessageReaction", ANNA, lambda sent: sent.text == "")


async def test_a_reaction_to_what_matches_nothing_changes_nothing(world: World) -> None:
    await _topic(world)
    asked = next(iter(world.telegram.world.chats[ANNA].messages))
    world.telegram.user_reacts(ANNA, asked, "❤")
    await world.telegram.wait_until(lambda: world.telegram.pending_updates() == 0 or None, 20)
    assert not [row for row in await world.rows(outbound) if "reacts" in row.details]


async def _topic(world: World) -> int:
    """The topic of Anna, who asked for a person."""
    world.telegram.user_says(ANNA, "/human")
    card = await world.telegram.wait_for_message(FORUM, lambda sent: translate("staff.how_to_reply", "en") in sent.text)
    await world.row(outbound, author="staff_notice", status="sent", external_id=card.message_id)
    assert card.thread_id is not None
    return card.thread_id


async def _conversation(world: World) -> ConversationId:
    (row,) = await world.rows(conversations)
    return ConversationId(row.id)


async def _in_topic(world: World, topic: int, part: str) -> Sent:
    return await world.telegram.wait_for_message(
        FORUM, lambda sent: sent.thread_id == topic and part in sent.text, timeout=20
    )
