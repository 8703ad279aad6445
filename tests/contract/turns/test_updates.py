"""The same update again, updates out of order, and messages that are changed later."""

import asyncio
from dataclasses import replace

import pytest

from supportbot.common.database import conversations as protocol
from supportbot.common.database.incoming import IncomingMessage, Received, receive_message
from supportbot.common.database.outbound import (
    record_not_sent,
    record_sent,
    record_uncertain,
    repeat_uncertain,
    split_reply,
)
from supportbot.common.database.turns import TurnLostError
from supportbot.common.database.updates import DuplicateUpdateError
from tests.protocol.gateway import Update, incoming_of, store, store_until_taken
from tests.protocol.model import PATIENCE_S
from tests.protocol.probe import BOT, CHAT, Probe
from tests.protocol.world import BOTS


async def test_an_update_that_comes_ten_times_at_once_is_stored_once(probe: Probe) -> None:
    update = Update("77", CHAT, 1, "one")
    results = await asyncio.gather(
        *(store_until_taken(probe.database, update) for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(result, Received) for result in results) == 1
    assert sum(isinstance(result, DuplicateUpdateError) and result.same_body for result in results) == 9
    turn = await probe.claim()
    assert turn.turn_to == 1


async def test_a_known_update_with_another_body_is_told_apart(probe: Probe) -> None:
    await store(probe.database, Update("77", CHAT, 1, "one"), 0.0)
    with pytest.raises(DuplicateUpdateError) as caught:
        await store(probe.database, Update("77", CHAT, 1, "something else"), 0.0)
    assert not caught.value.same_body
    assert (await probe.claim()).turn_to == 1


async def test_one_person_who_writes_to_two_bots_has_two_conversations(probe: Probe) -> None:
    def says(bot: str) -> IncomingMessage:
        return replace(incoming_of(Update(f"at {bot}", CHAT, 1, f"to {bot}"), 0.0), bot=bot, update_source=bot)

    first = await probe.database.write(lambda tx: receive_message(tx, says(BOTS[0])))
    second = await probe.database.write(lambda tx: receive_message(tx, says(BOTS[1])))
    again = await probe.database.write(lambda tx: receive_message(tx, replace(says(BOTS[0]), update_id="more")))
    assert first.conversation_id != second.conversation_id
    assert (again.conversation_id, again.seq) == (first.conversation_id, 2)


async def test_two_bots_may_use_the_same_update_id(probe: Probe) -> None:
    await store(probe.database, Update("77", "2", 1, "one"), 0.0)
    await store(probe.database, Update("77", "3", 1, "one"), 0.0)
    assert (await probe.claim()).conversation_id != (await probe.claim()).conversation_id


async def test_many_new_chats_at_once_each_become_one_conversation(probe: Probe) -> None:
    await asyncio.gather(*(probe.ask(n, "hello", chat=str(2 + n % 5)) for n in range(30)))
    turns = [await probe.claim() for _ in range(5)]
    assert sorted(turn.turn_to for turn in turns) == [6, 6, 6, 6, 6]
    assert await probe.claim_nothing()


async def test_an_edit_during_the_turn_makes_the_turn_begin_anew_with_the_new_text(probe: Probe) -> None:
    await probe.ask(1, "one")
    await probe.ask(2, "two")
    turn = await probe.claim()
    await probe.ask(1, "one, changed", edit=True)
    with pytest.raises(TurnLostError):
        await probe.finish(turn)
    await probe.answer()
    assert [row.body for row in await probe.replies()] == ["one, changed; two"]


async def test_an_edit_of_an_unsent_answers_question_has_all_of_that_turn_answered_anew(probe: Probe) -> None:
    await probe.ask(1, "one")
    await probe.ask(2, "two")
    await probe.answer()
    await probe.ask(1, "one, changed", edit=True)
    assert [row.status for row in await probe.replies()] == ["cancelled"]
    await probe.answer()
    assert [row.body for row in await probe.replies()] == ["one; two", "one, changed; two"]


async def test_an_edit_after_the_answer_was_sent_is_a_question_of_its_own(probe: Probe) -> None:
    await probe.ask(1, "one")
    await probe.send(await probe.answer())
    await probe.ask(1, "one, changed", edit=True)
    await probe.answer()
    assert [(row.body, row.status) for row in await probe.replies()] == [("one", "sent"), ("one, changed", "waiting")]


async def test_an_edit_of_an_early_turn_also_gives_later_unsent_answers_anew(probe: Probe) -> None:
    await probe.ask(1, "one")
    first = await probe.answer()
    await probe.ask(2, "two")
    await probe.answer()
    await probe.begin(first)
    await probe.ask(1, "one, changed", edit=True)  # the answer to the old text is on its way: too late for that one
    await probe.database.write(lambda tx: record_sent(tx, first, 5))
    await probe.answer()
    replies = [(row.body, row.status) for row in await probe.replies()]
    assert replies == [("one", "sent"), ("two", "cancelled"), ("one, changed; two", "waiting")]


async def test_an_edit_leaves_a_persons_words_alone(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    await probe.reply(asked.conversation_id, seen=1)
    await probe.ask(1, "one, changed", edit=True)
    assert [row.status for row in await probe.replies()] == ["waiting"]


async def test_an_edit_of_an_edit_replaces_it(probe: Probe) -> None:
    await probe.ask(1, "one")
    await probe.ask(1, "one, changed", edit=True)
    await probe.ask(1, "one, changed twice", edit=True)
    await probe.answer()
    assert [row.body for row in await probe.replies()] == ["one, changed twice"]


async def test_an_edit_of_a_message_that_never_came_is_a_message(probe: Probe) -> None:
    await probe.ask(1, "one, changed", edit=True)
    await probe.answer()
    assert [row.body for row in await probe.replies()] == ["one, changed"]


async def test_a_reply_of_which_nothing_was_sent_is_cancelled_with_all_its_parts(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    key = await probe.answer()
    await probe.database.write(lambda tx: split_reply(tx, key, ["o", "ne"]))
    await probe.begin(key)
    await probe.database.write(lambda tx: record_not_sent(tx, key, probe.sender, retry_in_s=0, error="429"))
    await probe.database.write(lambda tx: protocol.take_over(tx, asked.conversation_id))
    assert [row.status for row in await probe.replies()] == ["cancelled", "cancelled"]


async def test_a_reply_whose_first_part_was_sent_is_finished(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    key = await probe.answer()
    await probe.database.write(lambda tx: split_reply(tx, key, ["o", "ne"]))
    await probe.send(key)
    await probe.database.write(lambda tx: protocol.take_over(tx, asked.conversation_id))
    assert [row.status for row in await probe.replies()] == ["sent", "waiting"]
    await probe.database.write(lambda tx: protocol.hand_back(tx, asked.conversation_id))
    assert await probe.claim_nothing()


async def test_an_edit_leaves_replies_to_earlier_turns_waiting(probe: Probe) -> None:
    await probe.ask(1, "one")
    first = await probe.answer()
    await probe.ask(2, "two")
    second = await probe.answer()
    await probe.ask(2, "two, changed", edit=True)
    assert {row.reply_key: row.status for row in await probe.replies()} == {first: "waiting", second: "cancelled"}


async def test_the_repeat_of_what_may_have_been_read_is_not_cancelled_by_an_edit(probe: Probe) -> None:
    await probe.ask(1, "one")
    key = await probe.answer()
    await probe.begin(key)
    await probe.database.write(lambda tx: record_uncertain(tx, key, probe.sender, error="timeout"))
    await probe.later(PATIENCE_S + 1)
    await probe.database.write(lambda tx: repeat_uncertain(tx, BOT, repeat=True))
    await probe.ask(1, "one, changed", edit=True)
    assert [row.status for row in await probe.replies()] == ["uncertain", "waiting"]
