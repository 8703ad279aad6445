"""What an answer in Telegram lets people do, each as a conversation with a fake Telegram."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.tables import conversations, feedback, messages, outbound
from supportbot.common.database.turns import Outcome, claim_turn, finish_turn
from supportbot.common.i18n import translate
from tests.fakes.telegram import FakeTelegram, Sent
from tests.integration.telegram_gateway import ANNA, BORIS, World, running, settings_for

GROUP = -1001
QUESTION = "How do I return an item?"


@pytest.fixture
async def world(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[World]:
    async with FakeTelegram() as fake, running(fake, sqlite_database, settings_for(fake, tmp_path)) as made:
        yield made


async def test_a_source_opens_the_passage_with_what_was_quoted(world: World) -> None:
    answer = await _answered(world)
    world.telegram.user_presses(ANNA, answer.message_id, text="📄 1")
    passage = await world.telegram.wait_for_message(ANNA, lambda sent: "Keep the receipt" in sent.text)
    assert passage.text == "Returns › How long\nKeep the receipt. Items may be returned within 30 days. <Ask> us."
    assert [entity["type"] for entity in passage.entities] == ["bold", "expandable_blockquote", "bold"]
    assert passage.reply_to == answer.message_id
    world.telegram.user_presses(ANNA, answer.message_id, text="📄 2")
    passage = await world.telegram.wait_for_message(ANNA, lambda sent: "Money is back" in sent.text)
    assert passage.entities[-1]["url"] == "https://example.com/refunds"


async def test_a_source_that_is_open_is_not_sent_again(world: World) -> None:
    answer = await _answered(world)
    world.telegram.user_presses(ANNA, answer.message_id, text="📄 1")
    await world.telegram.wait_for_count(2, ANNA)
    again = world.telegram.user_presses(ANNA, answer.message_id, text="📄 1")
    told = await world.telegram.wait_until(lambda: world.telegram.callback_answer(again))
    assert told["text"] == translate("telegram.source_is_open", "en")
    assert len(await world.rows(outbound)) == 2


@pytest.mark.parametrize("number", ["0", "3", "9", "-1", "x", "1000000"])
async def test_a_source_that_the_answer_does_not_have_cannot_be_opened(world: World, number: str) -> None:
    await _answered(world)
    (reply,) = await world.rows(outbound)
    _press_forged(world, ANNA, f"source:{number}:{reply.reply_key}")
    call = await world.telegram.wait_for_call("answerCallbackQuery")
    assert call.params["text"] == translate("telegram.button_gone", "en")
    assert len(await world.rows(outbound)) == 1


async def test_the_source_of_somebody_elses_answer_cannot_be_opened(world: World) -> None:
    await _answered(world)
    (reply,) = await world.rows(outbound)
    _press_forged(world, BORIS, f"source:1:{reply.reply_key}")
    call = await world.telegram.wait_for_call("answerCallbackQuery")
    assert call.params["text"] == translate("telegram.button_gone", "en")


async def test_who_waits_for_a_person_is_shown_where_the_answer_may_stand(world: World) -> None:
    world.telegram.user_says(ANNA, "How do I return an item, perhaps?")
    told = await world.telegram.wait_for_message(ANNA)
    heading = translate("telegram.hints", "en")
    assert told.text.startswith(f"A person will answer.\n\n{heading}\n1. Returns › How long\n2. ")
    assert _buttons(told) == ["📄 1", "📄 2"]
    await world.row(outbound, status="sent")
    world.telegram.user_presses(ANNA, told.message_id, text="📄 1")
    passage = await world.telegram.wait_for_message(ANNA, lambda sent: "Keep the receipt" in sent.text)
    assert passage.reply_to == told.message_id


async def test_who_was_not_helped_can_say_why(world: World) -> None:
    answer = await _answered(world)
    world.telegram.user_presses(ANNA, answer.message_id, text="👎")
    asked = await world.telegram.wait_for_effect("editMessageReplyMarkup", ANNA)
    assert translate("telegram.why_wrong", "en") in _buttons(asked)
    assert (await world.row(feedback, vote=-1)).reason is None
    world.telegram.user_presses(ANNA, answer.message_id, text=translate("telegram.why_unclear", "en"))
    await world.row(feedback, vote=-1, reason="unclear")
    thanked = await world.telegram.wait_for_effect(
        "editMessageReplyMarkup", ANNA, lambda sent: translate("telegram.why_wrong", "en") not in _buttons(sent)
    )
    assert {"👎 ✓", "📄 1"} <= set(_buttons(thanked))
    world.telegram.user_presses(ANNA, answer.message_id, text="👍")
    await world.row(feedback, vote=1, reason=None)


async def test_the_answer_to_a_question_that_was_changed_says_so_and_a_new_one_follows(world: World) -> None:
    asked = world.telegram.user_says(ANNA, QUESTION)
    answer = await world.telegram.wait_for_message(ANNA)
    await world.row(outbound, status="sent")
    world.telegram.user_edits(ANNA, asked, "How do I pay?")
    changed = await world.telegram.wait_for_effect("editMessageText", ANNA)
    assert changed.message_id == answer.message_id
    assert changed.text.startswith(translate("telegram.question_changed", "en") + "\n" + f"Echo: {QUESTION}")
    assert changed.reply_markup is None
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith("Echo: How do I pay?"))


async def test_an_old_answer_that_the_person_deleted_keeps_nobody_waiting(world: World) -> None:
    asked = world.telegram.user_says(ANNA, QUESTION)
    await _answered(world, ask=False)
    world.telegram.fail("editMessageText", status=400, description="Bad Request: message to edit not found")
    world.telegram.user_edits(ANNA, asked, "How do I pay?")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith("Echo: How do I pay?"))
    assert world.alerts == []


async def test_an_edit_whose_fate_is_unknown_is_simply_done_again(world: World) -> None:
    asked = world.telegram.user_says(ANNA, QUESTION)
    await _answered(world, ask=False)
    world.telegram.fail("editMessageText", status=502, after_accept=True)
    world.telegram.user_edits(ANNA, asked, "How do I pay?")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith("Echo: How do I pay?"))
    assert len(world.telegram.calls("editMessageText")) == 2


async def test_whoever_waits_sees_that_an_answer_is_being_written(
    sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    async with (
        FakeTelegram() as fake,
        running(fake, sqlite_database, settings_for(fake, tmp_path), answers=False) as world,
    ):
        fake.user_says(ANNA, "How?")
        await world.row(conversations, chat=str(ANNA))
        turn = await world.database.write(claim_turn)
        assert turn is not None
        shown = await fake.wait_for_call("sendChatAction", timeout=20)
        assert (shown.chat_id, shown.params["action"], fake.sent(ANNA)) == (ANNA, "typing", [])
        outcome = Outcome("How?", "answer", "answered", "Thus.", "Thus.", 0.9, "en")
        await world.database.write(lambda tx: finish_turn(tx, turn, outcome))
        await fake.wait_for_message(ANNA, lambda sent: sent.text.startswith("Thus."))


async def test_in_a_group_those_are_answered_who_talk_to_the_bot(world: World) -> None:
    world.telegram.add_group(GROUP)
    await world.telegram.wait_for_call("getMe")
    world.telegram.user_says(GROUP, "Lunch?", user_id=ANNA)
    world.telegram.user_says(GROUP, "@other_bot how do I pay?", user_id=ANNA)
    world.telegram.user_says(GROUP, "/help@other_bot", user_id=ANNA)
    world.telegram.user_says(GROUP, "/take", user_id=ANNA)
    asked = world.telegram.user_says(GROUP, "@fake_bot, how do I pay?", user_id=ANNA)
    answer = await world.telegram.wait_for_message(GROUP)
    assert answer.text.startswith("Echo: how do I pay?")
    assert answer.reply_to == asked
    await world.row(outbound, status="sent")
    world.telegram.user_says(GROUP, "And by card?", user_id=BORIS, reply_to=answer.message_id)
    await world.telegram.wait_for_message(GROUP, lambda sent: sent.text.startswith("Echo: And by card?"))
    assert [row.text for row in await world.rows(messages)] == ["how do I pay?", "And by card?"]


async def _answered(world: World, *, ask: bool = True) -> Sent:
    """The answer to the question with sources, once it is stored that it arrived."""
    if ask:
        world.telegram.user_says(ANNA, QUESTION)
    answer = await world.telegram.wait_for_message(ANNA)
    await world.row(outbound, status="sent")
    return answer


def _buttons(sent: Sent) -> list[str]:
    assert sent.reply_markup is not None
    return [button["text"] for row in sent.reply_markup["inline_keyboard"] for button in row]


def _press_forged(world: World, chat: int, data: str) -> None:
    query = {
        "id": "4242",
        "from": {"id": chat, "is_bot": False, "first_name": "Anna", "language_code": "en"},
        "message": {"message_id": 1, "date": 1, "chat": {"id": chat, "type": "private"}},
        "chat_instance": "1",
        "data": data,
    }
    world.telegram.inject_update({"update_id": world.telegram.last_update_id() + 1, "callback_query": query})
