"""What operators do while the machine works: nothing is answered twice, nothing falls between them."""

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database import conversations as protocol
from supportbot.common.database.people_there import PeopleThere, note_people_there
from supportbot.common.database.schema.tables import escalations, metadata
from supportbot.common.database.turns import Outcome, Turn, TurnLostError, finish_turn
from supportbot.common.i18n import translate
from tests.protocol.probe import Probe


async def _escalate(probe: Probe, turn: Turn) -> None:
    outcome = Outcome("q", "escalate", "no source", "", "A person will answer", 0.1, "en")
    await probe.database.write(lambda tx: finish_turn(tx, turn, outcome))


async def _states(probe: Probe) -> list[str]:
    states = select(escalations.c.state).order_by(escalations.c.turn_to)

    async def read(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(states)).scalars())

    return await probe.database.read(read)


async def test_a_reply_to_part_of_a_turn_in_work_takes_the_turn_away_and_leaves_the_rest(probe: Probe) -> None:
    first = await probe.ask(1, "one")
    await probe.ask(2, "two")
    turn = await probe.claim()
    await probe.reply(first.conversation_id, seen=1)
    with pytest.raises(TurnLostError):
        await probe.finish(turn)
    rest = await probe.claim()
    assert (rest.done_seq, rest.turn_to, rest.attempts) == (1, 2, 1)
    await probe.finish(rest)
    assert [row.body for row in await probe.replies()] == ["a person's words", "two"]


async def test_a_reply_to_everything_leaves_nothing_to_the_machine(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    turn = await probe.claim()
    await probe.reply(asked.conversation_id, seen=1)
    assert await probe.claim_nothing()
    with pytest.raises(TurnLostError):
        await probe.finish(turn)


async def test_a_reply_to_what_was_answered_before_does_not_disturb_the_turn_in_work(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    await probe.answer()
    await probe.ask(2, "two")
    turn = await probe.claim()
    await probe.reply(asked.conversation_id, seen=1)
    await probe.finish(turn)
    assert [row.body for row in await probe.replies()] == ["one", "a person's words", "two"]


async def test_a_reply_never_reaches_beyond_the_newest_message(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    await probe.reply(asked.conversation_id, seen=99)
    assert (await probe.conversation(asked.conversation_id)).done_seq == 1
    await probe.ask(2, "two")
    assert (await probe.claim()).turn_to == 2


async def test_a_reply_settles_the_escalations_that_the_person_has_seen(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    await _escalate(probe, await probe.claim())
    await probe.ask(2, "two")
    await _escalate(probe, await probe.claim())
    await probe.reply(asked.conversation_id, seen=1)
    assert await _states(probe) == ["answered", "open"]


async def test_take_over_keeps_the_machine_out_until_hand_back(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    turn = await probe.claim()
    await probe.database.write(lambda tx: protocol.take_over(tx, asked.conversation_id))
    with pytest.raises(TurnLostError):
        await probe.finish(turn)
    await probe.ask(2, "two")
    assert await probe.claim_nothing()
    await probe.database.write(lambda tx: protocol.hand_back(tx, asked.conversation_id))
    back = await probe.claim()
    assert (back.done_seq, back.turn_to, back.attempts) == (0, 2, 1)


async def test_take_over_cancels_unsent_answers_and_hand_back_has_them_given_anew(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    sent = await probe.answer()
    await probe.send(sent)
    await probe.ask(2, "two")
    await probe.answer()
    await probe.ask(3, "three")
    await probe.answer()
    await probe.database.write(lambda tx: protocol.take_over(tx, asked.conversation_id))
    assert [row.status for row in await probe.replies()] == ["sent", "cancelled", "cancelled"]
    assert await probe.sendable() == []
    await probe.database.write(lambda tx: protocol.hand_back(tx, asked.conversation_id))
    await probe.answer()
    assert [row.body for row in await probe.replies() if row.status == "waiting"] == ["two; three"]


async def test_what_a_person_answered_after_take_over_is_not_answered_by_the_machine(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    await probe.answer()
    await probe.database.write(lambda tx: protocol.take_over(tx, asked.conversation_id))
    await probe.reply(asked.conversation_id, seen=1)
    await probe.database.write(lambda tx: protocol.hand_back(tx, asked.conversation_id))
    assert await probe.claim_nothing()


async def test_close_ends_everything_and_the_next_message_opens_it_again(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    await _escalate(probe, await probe.claim())
    await probe.ask(2, "two")
    turn = await probe.claim()
    await probe.database.write(lambda tx: protocol.close(tx, asked.conversation_id))
    assert await _states(probe) == ["answered"]
    with pytest.raises(TurnLostError):
        await probe.finish(turn)
    assert await probe.claim_nothing()
    await probe.ask(3, "three")
    reopened = await probe.claim()
    assert (reopened.done_seq, reopened.turn_to) == (2, 3)


async def test_deleting_takes_the_turn_away_and_a_new_message_begins_anew(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    turn = await probe.claim()
    await probe.database.write(lambda tx: protocol.delete_conversation(tx, asked.conversation_id))
    with pytest.raises(TurnLostError):
        await probe.finish(turn)
    assert await probe.replies() == []
    again = await probe.ask(2, "two")
    assert (again.conversation_id != asked.conversation_id, again.seq) == (True, 1)


async def test_whoever_acts_on_a_deleted_conversation_is_told(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    await probe.database.write(lambda tx: protocol.delete_conversation(tx, asked.conversation_id))
    with pytest.raises(protocol.UnknownConversationError):
        await probe.reply(asked.conversation_id, seen=1)


async def test_a_reply_to_a_turn_in_work_leaves_nothing_of_it_to_the_next_turn(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    await probe.claim()
    await probe.reply(asked.conversation_id, seen=1)
    await probe.ask(2, "two")
    turn = await probe.claim()
    assert (turn.done_seq, turn.turn_to, turn.attempts) == (1, 2, 1)


async def test_a_persons_reply_says_who_wrote_it_and_in_which_language_it_is_shown(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    await probe.reply(asked.conversation_id, seen=1)
    (reply,) = await probe.replies()
    assert (reply.author, reply.author_name, reply.body) == ("person", "Ann", "a person's words")
    assert reply.details == {"kind": "operator", "language": "und"}


async def test_closing_answers_what_is_open_and_leaves_what_an_edit_has_superseded(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    await _escalate(probe, await probe.claim())
    await probe.ask(1, "one, changed", edit=True)
    await _escalate(probe, await probe.claim())
    assert await _states(probe) == ["superseded", "open"]
    await probe.database.write(lambda tx: protocol.close(tx, asked.conversation_id))
    assert await _states(probe) == ["superseded", "answered"]


async def test_of_a_deleted_conversation_no_word_is_left(probe: Probe) -> None:
    asked = await probe.ask(1, "the word is rosebud")
    await probe.answer()
    await probe.ask(2, "rosebud again")
    await probe.reply(asked.conversation_id, seen=1)
    turn = await probe.claim()
    other = await probe.ask(1, "about something else", chat="4")
    await probe.database.write(lambda tx: protocol.delete_conversation(tx, asked.conversation_id))
    with pytest.raises(TurnLostError):
        await probe.finish(turn)

    async def words(connection: AsyncConnection) -> str:
        found = [(await connection.execute(select(table))).all() for table in metadata.sorted_tables]
        return repr(found)

    left = await probe.database.read(words)
    assert "rosebud" not in left
    assert "a person's words" not in left
    assert "about something else" in left
    assert str(other.conversation_id) in left


def _unsure(reason: str = "low_confidence", language: str = "en") -> Outcome:
    return Outcome("q", "escalate", reason, "", "A person will answer", 0.1, language, shown_again="This too")


async def test_nobody_is_promised_a_person_where_none_answers(probe: Probe) -> None:
    nobody = PeopleThere(answer=False, contacts="help@example.com")
    assert await probe.database.write(lambda tx: note_people_there(tx, nobody))
    assert not await probe.database.write(lambda tx: note_people_there(tx, nobody))
    told = [("low_confidence", "en"), ("asked_for_person", "ru"), ("model_timeout", "en"), ("attachment", "ru")]
    for seq, (reason, language) in enumerate(told, start=1):
        await probe.ask(seq, reason)
        turn, outcome = await probe.claim(), _unsure(reason, language)
        await probe.database.write(lambda tx, t=turn, o=outcome: finish_turn(tx, t, o))  # type: ignore[misc]
    about = ["unsure", "asked_for_person", "trouble", "attachment"]
    texts = [
        f"{translate(f'nobody.{key}', language)}\n\n{translate('nobody.contacts', language)}\nhelp@example.com"
        for key, (_, language) in zip(about, told, strict=True)
    ]
    replies = await probe.replies()
    assert [row.body for row in replies] == texts
    assert {row.details["kind"] for row in replies} == {"unanswered"}
    assert await _states(probe) == []


async def test_what_nobody_could_finish_waits_for_operators_where_no_person_answers_people(probe: Probe) -> None:
    await probe.database.write(lambda tx: note_people_there(tx, PeopleThere(answer=False)))
    await probe.ask(1, "deadly")
    turn, outcome = await probe.claim(), replace(_unsure("dead_letter"), dead_letter=True)
    await probe.database.write(lambda tx: finish_turn(tx, turn, outcome))
    assert [row.body for row in await probe.replies()] == [translate("nobody.trouble", "en")]
    assert await _states(probe) == ["open"]


async def test_a_person_is_promised_again_as_soon_as_people_answer(probe: Probe) -> None:
    for people in (PeopleThere(answer=False, contacts="help@example.com"), PeopleThere()):
        assert await probe.database.write(partial(note_people_there, people=people))
    await probe.ask(1, "one")
    turn = await probe.claim()
    await probe.database.write(lambda tx: finish_turn(tx, turn, _unsure()))
    assert [row.body for row in await probe.replies()] == ["A person will answer"]
    assert await _states(probe) == ["open"]


async def test_who_waits_for_a_person_is_not_told_the_same_again(probe: Probe) -> None:
    outcome = Outcome("q", "escalate", "no source", "", "A person will answer", 0.1, "en", shown_again="This too")
    for seq, text in ((1, "one"), (2, "two")):
        await probe.ask(seq, text)
        turn = await probe.claim()
        await probe.database.write(lambda tx, of=turn: finish_turn(tx, of, outcome))  # type: ignore[misc]
    await probe.reply(turn.conversation_id, seen=2)
    await probe.ask(3, "three")
    turn = await probe.claim()
    await probe.database.write(lambda tx: finish_turn(tx, turn, outcome))
    told = ["A person will answer", "This too", "a person's words", "A person will answer"]
    assert [row.body for row in await probe.replies()] == told
