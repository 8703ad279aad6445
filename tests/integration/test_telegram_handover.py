"""Handing a conversation over to people and back, as the person who asks sees it."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from supportbot.answerer.adapters.turns import DatabaseTurns
from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.use_cases.take_turn import TakeTurn
from supportbot.common.database.clock import after
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.staff_tables import ratings, staff_places
from supportbot.common.database.schema.tables import conversations, escalations, messages, outbound
from supportbot.common.database.turns import Turn
from supportbot.common.i18n import translate
from supportbot.gateway.domain.working_hours import DAYS
from supportbot.gateway.settings import GatewaySettings
from tests.fakes.telegram import FakeTelegram, Sent
from tests.integration.telegram_gateway import ADMIN, ANNA, BORIS, World, running, settings_for

HAND_BACK_AFTER_S = 3600


@pytest.fixture
async def world(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[World]:
    async with FakeTelegram() as fake, running(fake, sqlite_database, _settings(fake, tmp_path)) as made:
        yield made


async def test_who_waits_behind_others_is_told_how_many_they_are(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    await _notice(world)
    world.telegram.user_says(BORIS, "/human")
    before = translate("telegram.queue", "en", n=1)
    await world.telegram.wait_for_message(BORIS, lambda sent: sent.text == before)
    assert [sent.text for sent in world.telegram.sent(ANNA)] == ["A person will answer."]


async def test_outside_of_working_hours_people_are_told_when_the_team_is_back(
    sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    day_after_tomorrow = datetime.now(UTC) + timedelta(days=2)
    hours = f"{DAYS[day_after_tomorrow.weekday()]} 09:00-18:00"
    async with FakeTelegram() as fake:
        settings = settings_for(fake, tmp_path, working_hours=hours)
        async with running(fake, sqlite_database, settings):
            fake.user_says(ANNA, "/human")
            day = translate(f"telegram.day_{day_after_tomorrow.weekday()}", "en")
            away = translate("telegram.away", "en", day=day, time="09:00", zone="UTC")
            await fake.wait_for_message(ANNA, lambda sent: sent.text == away)


async def test_a_machine_that_is_switched_off_gives_every_question_to_a_person(
    sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    async with (
        FakeTelegram() as fake,
        running(fake, sqlite_database, settings_for(fake, tmp_path), answers=False) as world,
    ):
        fake.user_says(ANNA, "How do I pay?")
        await world.row(messages, text="How do I pay?")
        turns = DatabaseTurns(world.database)
        turn = await turns.claim()
        assert turn is not None
        await TakeTurn(turns, _never_asked, _never_asked, machine_answers=False)(turn)
        await fake.wait_for_message(ANNA, lambda sent: sent.text == translate("answer.escalated_off", "en"))
        notice = await _notice(world)
        assert translate("staff.reason_machine_off", "en") in notice.text
        fake.user_says(ADMIN, "By card.", reply_to=notice.message_id)
        await fake.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nBy card.")


async def _never_asked(_turn: Turn, _question: Question) -> Answer:
    raise AssertionError("the machine was asked")


async def test_staff_are_reminded_once_of_a_question_that_nobody_took(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    await _notice(world)
    long_ago = update(escalations).values(staff_told_at=after(-601))
    await world.database.write(lambda tx: tx.execute(long_ago))
    reminder = translate("staff.reminder_without_words", "en", name="Anna")
    told = await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == reminder)
    await world.row(outbound, status="sent", external_id=told.message_id)
    world.telegram.user_says(ADMIN, "Here I am", reply_to=told.message_id)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHere I am")
    assert len([sent for sent in world.telegram.sent(ADMIN) if sent.text == reminder]) == 1


async def test_staff_are_reminded_once_of_what_a_person_wrote_and_nobody_answered(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    notice = await _notice(world)
    world.telegram.user_says(ADMIN, "Hello", reply_to=notice.message_id)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHello")
    world.telegram.user_says(ANNA, "And now?")
    asked = await world.row(messages, text="And now?")
    long_ago = update(messages).where(messages.c.id == asked.id).values(received_at=after(-601))
    await world.database.write(lambda tx: tx.execute(long_ago))
    reminder = translate("staff.next_reminder", "en", name="Anna")
    told = await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == reminder, timeout=20)
    await world.row(outbound, status="sent", external_id=told.message_id)
    row = await world.row(staff_places, reminded_seq=asked.seq)
    assert row.chat == ADMIN
    world.telegram.user_says(ADMIN, "Now.", reply_to=told.message_id)
    await world.row(conversations, done_seq=asked.seq)
    assert len([sent for sent in world.telegram.sent(ADMIN) if sent.text == reminder]) == 1


async def test_a_conversation_in_which_nobody_says_anything_is_the_machines_again(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    notice = await _notice(world)
    world.telegram.user_says(ADMIN, "Hello", reply_to=notice.message_id)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Clara\nHello")
    long_ago = update(conversations).values(active_at=after(-HAND_BACK_AFTER_S - 1))
    await world.database.write(lambda tx: tx.execute(long_ago))
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.machine_is_back", "en"))
    told = translate("staff.handed_back_by_itself", "en")
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == told)
    await world.row(conversations, mode="machine")


async def test_a_closed_conversation_can_be_rated_and_the_newest_rating_counts(world: World) -> None:
    world.telegram.user_says(ANNA, "/human")
    notice = await _notice(world)
    world.telegram.user_presses(ADMIN, notice.message_id, text=translate("staff.button_close", "en"))
    closed = await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == translate("telegram.closed", "en"))
    await world.row(outbound, status="sent", external_id=closed.message_id)
    world.telegram.user_presses(ANNA, closed.message_id, text="2 ⭐")
    await world.row(ratings, stars=2)
    query = world.telegram.user_presses(ANNA, closed.message_id, text="5 ⭐")
    await world.row(ratings, stars=5)
    told = await world.telegram.wait_until(lambda: world.telegram.callback_answer(query))
    assert told["text"] == translate("telegram.thanks_for_rating", "en")
    world.telegram.user_says(ADMIN, "/stats")
    await world.telegram.wait_for_message(ADMIN, lambda sent: "rated: 1, on average 5.0" in sent.text)


def _settings(fake: FakeTelegram, folder: Path) -> GatewaySettings:
    return settings_for(fake, folder, remind_after=600, hand_back_after=HAND_BACK_AFTER_S)


async def _notice(world: World) -> Sent:
    """The message to the admin, once it is stored that it arrived."""
    await world.row(outbound, author="staff_notice", status="sent")
    return world.telegram.sent(ADMIN)[0]
