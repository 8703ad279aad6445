"""One long conversation with everything that stores something of its own, on each kind of database."""

import json
from pathlib import Path

from sqlalchemy import update

from supportbot.common.database.clock import after
from supportbot.common.database.schema.operator_tables import notes
from supportbot.common.database.schema.people_tables import people
from supportbot.common.database.schema.staff_tables import ratings, relays, staff_places
from supportbot.common.database.schema.tables import conversations, escalations, feedback, outbound
from supportbot.common.database.transactions import Database
from supportbot.common.i18n import translate
from tests.fakes.telegram import FakeTelegram, Sent
from tests.integration.telegram_gateway import ADMIN, ANNA, BORIS, World, running, settings_for

FORUM = -1002


async def test_people_and_staff_talk_and_part(database: Database, tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        fake.add_forum(FORUM)
        settings = settings_for(fake, tmp_path, staff_group_id=FORUM, remind_after=600)
        async with running(fake, database, settings) as world:
            await _settle_in(world)
            topic = await _wait_for_a_person(world)
            await _talk(world, topic)
            await _lose_the_topic(world, topic)
            await _close_and_rate(world)
            await _part(world)


async def _settle_in(world: World) -> None:
    """Choose a language, begin anew, and vote with a reason."""
    world.telegram.user_says(ANNA, "/language")
    menu = await world.telegram.wait_for_message(ANNA)
    world.telegram.user_presses(ANNA, menu.message_id, text="English")
    await world.row(people, person=ANNA, language="en")
    world.telegram.user_says(ANNA, "/new")
    world.telegram.user_says(ANNA, "How do I return an item?")
    answer = await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith("Echo"))
    await world.row(outbound, status="sent", external_id=answer.message_id)
    world.telegram.user_presses(ANNA, answer.message_id, text="📄 1")
    await world.telegram.wait_for_message(ANNA, lambda sent: "Keep the receipt" in sent.text)
    world.telegram.user_presses(ANNA, answer.message_id, text="👎")
    await world.telegram.wait_for_effect("editMessageReplyMarkup", ANNA)
    world.telegram.user_presses(ANNA, answer.message_id, text=translate("telegram.why_wrong", "en"))
    await world.row(feedback, reason="wrong")


async def _wait_for_a_person(world: World) -> int:
    """Ask for one, behind somebody else; staff are told, and reminded."""
    world.telegram.user_says(BORIS, "/human")
    await world.row(staff_places, count=1, chat=FORUM)
    world.telegram.user_says(ANNA, "When, perhaps?")
    waiting = translate("telegram.queue", "en", n=1)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == waiting)
    card = await world.telegram.wait_for_message(FORUM, lambda sent: "Perhaps on Monday." in sent.text)
    assert card.thread_id is not None
    await world.row(outbound, status="sent", external_id=card.message_id)
    long_ago = update(escalations).values(staff_told_at=after(-601))
    await world.database.write(lambda tx: tx.execute(long_ago))
    await _in_forum(world, "still waits for a person: When, perhaps?")
    return card.thread_id


async def _talk(world: World, topic: int) -> None:
    said = world.telegram.user_says(FORUM, "Wait a momnet", user_id=ADMIN, thread_id=topic)
    reply = await world.telegram.wait_for_message(ANNA, lambda sent: "momnet" in sent.text)
    await world.row(relays, staff_message=said, person_message=reply.message_id)
    world.telegram.user_edits(FORUM, said, "Wait a moment")
    await world.telegram.wait_for_effect("editMessageText", ANNA, lambda sent: sent.text == "Clara\nWait a moment")
    world.telegram.user_says(ANNA, "I wait", reply_to=reply.message_id)
    assert (await _in_forum(world, "Anna: I wait")).reply_to == said
    for command in ("/note a kind person", "/canned add hello Hello!", "/canned hello", "/info"):
        world.telegram.user_says(FORUM, command, user_id=ADMIN, thread_id=topic)
    await world.row(notes, text="a kind person")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHello!")
    await _in_forum(world, "✎ Clara: a kind person")


async def _lose_the_topic(world: World, topic: int) -> None:
    del world.telegram.world.chats[FORUM].topics[topic]
    world.telegram.user_says(ANNA, "Are you there?")
    relayed = await _in_forum(world, "Anna: Are you there?")
    assert relayed.thread_id is not None
    await world.row(staff_places, topic=relayed.thread_id)
    world.telegram.user_says(FORUM, "/close", user_id=ADMIN, thread_id=relayed.thread_id)


async def _close_and_rate(world: World) -> None:
    closed = await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.closed", "en"))
    await world.row(outbound, status="sent", external_id=closed.message_id)
    world.telegram.user_presses(ANNA, closed.message_id, text="4 ⭐")
    await world.row(ratings, stars=4)
    for command, part in (("/status", "Talking with a person: 0"), ("/stats", "on average 4.0")):
        world.telegram.user_says(ADMIN, command)
        await _in_chat(world, ADMIN, part)


async def _part(world: World) -> None:
    world.telegram.user_says(ANNA, "/export_my_data")
    sent = await world.telegram.wait_for_message(ANNA, lambda sent: sent.method == "sendDocument")
    (told,) = json.loads(world.telegram.world.files[sent.payload["document"]["file_id"]])["conversations"]
    assert (told["ratings"][0]["stars"], told["notes_of_staff"][0]["text"]) == (4, "a kind person")
    world.telegram.user_says(ANNA, "/delete_my_data")
    question = await world.telegram.wait_for_message(
        ANNA, lambda sent: sent.text == translate("telegram.erase_question", "en")
    )
    world.telegram.user_presses(ANNA, question.message_id, text=translate("telegram.erase_yes", "en"))
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.erased", "en"))
    await world.telegram.wait_for_call("deleteForumTopic")
    assert [row.chat for row in await world.rows(conversations)] == [str(BORIS)]
    assert await world.rows(relays) == await world.rows(notes) == await world.rows(ratings) == []


async def _in_forum(world: World, part: str) -> Sent:
    return await _in_chat(world, FORUM, part)


async def _in_chat(world: World, chat: int, part: str) -> Sent:
    return await world.telegram.wait_for_message(chat, lambda sent: part in sent.text, timeout=30)
