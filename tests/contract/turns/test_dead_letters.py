"""A turn that nobody could finish is seen, and can be asked again once."""

import pytest

from supportbot.common.database import turns
from supportbot.common.database.dead_letters import (
    NoDeadLetterError,
    dead_letter,
    dead_letters,
    replay_dead_letter,
)
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.transactions import Database
from supportbot.common.database.turn_contents import turn_messages
from supportbot.common.ids import EscalationId, uuid7


async def a_dead_letter(database: Database) -> EscalationId:
    incoming = IncomingMessage("web", "", "chat", "web:chat", "1", "hash", "What kills you?")
    await database.write(lambda tx: receive_message(tx, incoming))
    turn = await database.write(turns.claim_turn)
    assert turn is not None
    outcome = turns.Outcome(
        question="What kills you?",
        decision="escalate",
        reason="dead_letter",
        text="",
        shown="A person will answer.",
        confidence=0.0,
        language="en",
        trace={"cause": "exit code -9"},
        dead_letter=True,
    )
    await database.write(lambda tx: turns.finish_turn(tx, turn, outcome))
    (letter,) = await database.read(lambda c: dead_letters(c, only_open=True, limit=10))
    return letter.id


async def test_a_dead_letter_is_seen_with_its_question_and_cause(database: Database) -> None:
    letter_id = await a_dead_letter(database)
    letter = await database.read(lambda c: dead_letter(c, letter_id))
    assert (letter.question, letter.state, letter.trace) == ("What kills you?", "open", {"cause": "exit code -9"})


async def test_a_replayed_dead_letter_is_due_again_with_its_question(database: Database) -> None:
    letter_id = await a_dead_letter(database)
    seq = await database.write(lambda tx: replay_dead_letter(tx, letter_id))
    turn = await database.write(turns.claim_turn)
    assert turn is not None
    assert turn.turn_to == seq
    messages = await database.read(lambda c: turn_messages(c, turn))
    assert [message.text for message in messages] == ["What kills you?"]


async def test_replaying_twice_has_one_effect(database: Database) -> None:
    letter_id = await a_dead_letter(database)
    await database.write(lambda tx: replay_dead_letter(tx, letter_id))
    with pytest.raises(NoDeadLetterError):
        await database.write(lambda tx: replay_dead_letter(tx, letter_id))
    assert await database.write(turns.claim_turn) is not None
    assert await database.write(turns.claim_turn) is None
    assert await database.read(lambda c: dead_letters(c, only_open=True, limit=10)) == []
    (letter,) = await database.read(lambda c: dead_letters(c, only_open=False, limit=10))
    assert letter.state == "replayed"


async def test_what_is_no_dead_letter_cannot_be_shown_or_replayed(database: Database) -> None:
    unknown = EscalationId(uuid7())
    with pytest.raises(NoDeadLetterError):
        await database.read(lambda c: dead_letter(c, unknown))
    with pytest.raises(NoDeadLetterError):
        await database.write(lambda tx: replay_dead_letter(tx, unknown))
