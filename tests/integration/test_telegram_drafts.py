"""An answer that is seen in a private chat while it is written, and goes away when it should."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import pytest

from supportbot.common.contracts import AnswerProgressed
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.conversations import take_over
from supportbot.common.database.schema.tables import bots, conversations, messages, outbound
from supportbot.common.database.turns import Outcome, Turn, TurnLostError, claim_turn, finish_turn
from supportbot.common.i18n import translate
from tests.fakes.telegram import FakeTelegram
from tests.integration.telegram_gateway import ANNA, World, answer_next, running, settings_for

ANSWER = "First. Second."
GROUP = -1003


@pytest.fixture
async def world(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[World]:
    async with (
        FakeTelegram() as fake,
        running(fake, sqlite_database, settings_for(fake, tmp_path), answers=False) as made,
    ):
        await fake.wait_for_call("getMe", timeout=60)
        yield made


async def test_an_answer_grows_in_a_draft_until_the_message_takes_its_place(world: World) -> None:
    turn = await _in_work(world, "How long?")
    await _write(world, turn, "First & <best>.")
    await _shown(world, "First & <best>.")
    await _write(world, turn, "First & <best>. Second.")
    await _shown(world, "First & <best>. Second.")
    await _finish(world, turn)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith(ANSWER))
    assert world.telegram.draft(ANNA) is None
    assert {draft.draft_id for draft in world.telegram.drafts(ANNA)} == {turn.turn_to}
    (call, *_) = world.telegram.calls("sendMessageDraft")
    assert (call.params["parse_mode"], call.params["can_stop"]) == ("HTML", "true")
    assert len(await world.rows(outbound)) == 1


async def test_what_was_taken_back_is_not_seen_any_more_and_a_person_answers(world: World) -> None:
    turn = await _in_work(world, "How long?")
    await _write(world, turn, "First.")
    await _shown(world, "First.")
    await _write(world, turn, "")
    await _shown(world, "")
    await _finish(world, turn, decision="escalate", shown="A person will answer.")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "A person will answer.")
    assert world.telegram.draft(ANNA) is None


async def test_a_person_stops_the_answer_and_keeps_what_they_saw_of_it(world: World) -> None:
    turn = await _in_work(world, "How long?")
    await _write(world, turn, "First.")
    await _shown(world, "First.")
    world.telegram.user_stops(ANNA)
    told = "First.\n\n" + translate("telegram.stopped", "en")
    stopped = await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == told)
    assert stopped.reply_markup is not None
    await _write(world, turn, "First. Second.")
    with pytest.raises(TurnLostError):
        await _finish(world, turn)
    world.telegram.user_says(ANNA, "And why?")
    await world.row(messages, text="And why?")
    assert await answer_next(world.database) is not None
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith("Echo: And why?"))
    assert not [draft for draft in world.telegram.drafts(ANNA) if draft.after_stop]
    assert [row.done_seq for row in await world.rows(conversations)] == [2]


async def test_a_stop_that_comes_too_late_changes_nothing(world: World) -> None:
    turn = await _in_work(world, "How long?")
    await _write(world, turn, "First.")
    await _shown(world, "First.")
    world.telegram.hold_updates()
    world.telegram.user_stops(ANNA)
    await _finish(world, turn)
    world.telegram.release_updates()
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith(ANSWER))
    await world.telegram.wait_until(lambda: world.telegram.pending_updates() == 0 or None, 20)
    assert len(world.telegram.sent(ANNA)) == 1


async def test_the_message_waits_for_a_draft_that_is_on_its_way(world: World) -> None:
    turn = await _in_work(world, "How long?")
    world.telegram.slow("sendMessageDraft", 0.4)
    await _write(world, turn, "First.")
    await _until_telegram_has_it(world)
    await _finish(world, turn)
    await world.telegram.wait_for_message(ANNA)
    assert world.telegram.draft(ANNA) is None
    assert [draft.text for draft in world.telegram.drafts(ANNA)] == ["First."]


async def test_telegrams_wish_for_fewer_drafts_is_obeyed_and_the_answer_comes(world: World) -> None:
    turn = await _in_work(world, "How long?")
    world.telegram.flood(30, method="sendMessageDraft")
    await _write(world, turn, "First.")
    await world.telegram.wait_for_call("sendMessageDraft")
    await _write(world, turn, "First. Second.")
    await _finish(world, turn)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith(ANSWER))
    assert [call.status for call in world.telegram.calls("sendMessageDraft")] == [429]


@pytest.mark.parametrize("trouble", ["blocked", "unknown_method", "broken"])
async def test_a_draft_that_cannot_be_shown_keeps_nothing_from_being_answered(world: World, trouble: str) -> None:
    turn = await _in_work(world, "How long?")
    status, words = {
        "blocked": (400, "Bad Request: TEXTDRAFT_PEER_INVALID"),
        "unknown_method": (404, "Not Found: method not found"),
        "broken": (502, None),
    }[trouble]
    world.telegram.fail("sendMessageDraft", status=status, description=words)
    await _write(world, turn, "First.")
    await world.telegram.wait_for_call("sendMessageDraft")
    await _write(world, turn, "First. Second.")
    await _finish(world, turn)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith(ANSWER))
    assert len(world.telegram.calls("sendMessageDraft")) == 1


async def test_in_a_group_there_is_the_message_alone(world: World) -> None:
    world.telegram.add_group(GROUP)
    world.telegram.user_says(GROUP, "@fake_bot how long?", user_id=ANNA)
    turn = await _claimed(world, "how long?")
    await _write(world, turn, "First.")
    private = await _in_work(world, "And here?")
    await _write(world, private, "Here too.")
    await _shown(world, "Here too.")
    await _finish(world, turn)
    await world.telegram.wait_for_message(GROUP, lambda sent: sent.text.startswith(ANSWER))
    assert [call.chat_id for call in world.telegram.calls("sendMessageDraft")] == [ANNA]


async def test_nothing_is_shown_of_a_turn_that_a_person_took(world: World) -> None:
    turn = await _in_work(world, "How long?")
    await world.database.write(lambda tx: take_over(tx, turn.conversation_id))
    await _write(world, turn, "First.")
    await world.database.write(lambda tx: tx.execute(conversations.update().values(mode="machine")))
    again = await _claimed(world, "How long?")
    await _write(world, again, "Anew.")
    await _shown(world, "Anew.")
    assert [draft.text for draft in world.telegram.drafts(ANNA)] == ["Anew."]


async def test_of_two_gateways_one_shows_drafts(sqlite_database: SqliteDatabase, tmp_path: Path) -> None:
    async with FakeTelegram() as fake, AsyncExitStack() as both:
        settings = settings_for(fake, tmp_path)
        first = await both.enter_async_context(running(fake, sqlite_database, settings, answers=False))
        await first.row(bots)
        second = await both.enter_async_context(running(fake, sqlite_database, settings, answers=False))
        turn = await _in_work(first, "How long?")
        for world in (second, first):
            await _write(world, turn, "First.")
        await _shown(first, "First.")
        await _finish(first, turn)
        await fake.wait_for_message(ANNA, lambda sent: sent.text.startswith(ANSWER))
        assert len(fake.calls("sendMessageDraft")) == 1


_numbers = count(1)


async def _in_work(world: World, text: str) -> Turn:
    """A question of Anna's, being answered."""
    world.telegram.user_says(ANNA, text)
    return await _claimed(world, text)


async def _claimed(world: World, text: str) -> Turn:
    await world.row(messages, text=text)
    turn = await world.database.write(claim_turn)
    assert turn is not None
    return turn


async def _write(world: World, turn: Turn, text: str) -> None:
    """So much of the answer is written."""
    event = AnswerProgressed(
        correlation_id=turn.conversation_id,
        conversation_id=turn.conversation_id,
        turn_to=turn.turn_to,
        token=turn.token,
        number=next(_numbers),
        text=text,
    )
    await world.bus.publish(event)


async def _shown(world: World, text: str) -> None:
    """Anna's chat shows this draft, and the gateway knows it."""

    def look() -> bool | None:
        draft = world.telegram.draft(ANNA)
        return (draft is not None and draft.text == text) or None

    await world.telegram.wait_until(look, 20)


async def _until_telegram_has_it(world: World) -> None:
    """The slow call has come in."""
    async with asyncio.timeout(20):
        while True:
            if not world.telegram.world.failures.to_come:
                return
            await asyncio.sleep(0.01)


async def _finish(world: World, turn: Turn, decision: str = "answer", shown: str = ANSWER) -> None:
    outcome = Outcome("How long?", decision, "answered", shown, shown, 0.95, "en")
    await world.database.write(lambda tx: finish_turn(tx, turn, outcome))
