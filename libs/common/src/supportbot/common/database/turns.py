"""Turns: claim, renew, release and finish. The protocol that keeps every question answered exactly once.

A claim is a random token in the conversation's row. Whoever finishes must still hold it, and learns so by the first
statement of the transaction that stores the answer: checking the token by a plain SELECT would be a race.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, Update, bindparam, exists, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import AnswerReady, CitationData, EscalationRaised, PassageData
from supportbot.common.database.clock import after, now, statement_start
from supportbot.common.database.outbound import Reply, queue_reply
from supportbot.common.database.people_there import people_there
from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.tables import answers, conversations, escalations, messages, pending
from supportbot.common.database.statements import insertion
from supportbot.common.database.transactions import Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import ConversationId, EscalationId, uuid7

LEASE_S = 12.0
_KINDS = {"answer": "answer", "reply": "note"}


class TurnLostError(SupportbotError):
    """Somebody else owns the turn now, or it needs no answer any more. Nothing was stored."""

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(
            f"The turn of conversation {conversation_id} belongs to somebody else now; its work is dropped"
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """A claimed turn: the messages after `done_seq` up to `turn_to` are one question."""

    conversation_id: ConversationId
    token: UUID
    channel: str
    language: str
    done_seq: int
    turn_to: int
    attempts: int
    """Counted from 1; more than 1 means that an earlier attempt did not finish."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a turn ends: what was decided, and what the person who asked gets to read."""

    question: str
    decision: str
    """`answer`, `escalate` or `reply` (a note that needs no document)."""
    reason: str
    text: str
    """The answer as it was made; empty where there is none."""
    shown: str
    """What is sent: the answer, or a note that a person will answer."""
    confidence: float
    language: str
    citations: tuple[CitationData, ...] = ()
    passages: tuple[PassageData, ...] = ()
    trace: dict[str, Any] = field(default_factory=dict)
    dead_letter: bool = False
    caveat: bool = False
    """Whether whoever reads the answer is told to check it."""
    hints: tuple[CitationData, ...] = ()
    """Of what is not answered the places where an answer may stand, for whoever waits for a person."""
    shown_again: str = ""
    """What is sent in place of `shown` where somebody is called already and has not come yet."""


async def claim_turn(tx: Transaction) -> Turn | None:
    """Take the turn that has been due longest, or None where none is due. The lane `relaxed` is enough."""
    token = uuid4()
    row = (await tx.execute(_claiming(), {"new_token": token})).one_or_none()
    if row is None:
        return None
    return Turn(ConversationId(row.id), token, row.channel, row.language, row.done_seq, row.turn_to, row.attempts)


@prepared
def _claiming() -> Update:
    c = conversations.c
    due = (
        select(c.id)
        .where(pending, c.due_at <= statement_start())
        .order_by(c.due_at)
        .limit(literal_column("1"))  # a parameter would let PostgreSQL plan for many rows
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return (
        update(conversations)
        .where(c.id == due)
        .values(
            token=bindparam("new_token"),
            due_at=after(LEASE_S),
            attempts=c.attempts + 1,
            turn_to=func.coalesce(c.turn_to, c.last_seq),
        )
        .returning(c.id, c.channel, c.language, c.done_seq, c.turn_to, c.attempts)
    )


async def renew_turns(tx: Transaction, turns: Sequence[Turn]) -> set[UUID]:
    """Hold on to these turns for another lease; those that were lost stay lost. Returns the tokens that hold."""
    c = conversations.c
    held = update(conversations).where(c.token.in_([turn.token for turn in turns])).values(due_at=after(LEASE_S))
    return set((await tx.execute(held.returning(c.token))).scalars())


async def release_turn(tx: Transaction, turn: Turn, *, retry_in_s: float, count_attempt: bool) -> None:
    """Give a turn back after an error, or, without counting the attempt, because the process stops."""
    c = conversations.c
    attempts = c.attempts if count_attempt else c.attempts - 1
    values = {"token": None, "due_at": after(retry_in_s), "attempts": attempts}
    await tx.execute(update(conversations).where(c.id == turn.conversation_id, c.token == turn.token).values(values))


async def finish_turn(tx: Transaction, turn: Turn, outcome: Outcome) -> str:
    """Store how a turn ended, with its reply. Returns the reply's key.

    Raises:
        TurnLostError: the claim is gone; roll back.
    """
    held = {"of_conversation": turn.conversation_id, "held_token": turn.token}
    row = (await tx.execute(_finishing(), held)).one_or_none()
    if row is None:
        raise TurnLostError(turn.conversation_id)
    outcome, kind = await _as_told(tx, turn, outcome)
    answer_id = await _store_answer(tx, turn, outcome)
    reply_key = await queue_reply(tx, row, _reply(turn, outcome, kind, await _question_in_group(tx, row, turn)))
    if kind == "escalation" or outcome.dead_letter:
        await _escalate(tx, turn, outcome, answer_id)
    else:
        await tx.emit(
            AnswerReady(
                correlation_id=turn.conversation_id,
                conversation_id=turn.conversation_id,
                reply_key=reply_key,
                turn_to=turn.turn_to,
                channel=turn.channel,
                text=outcome.shown,
                confidence=outcome.confidence,
                citations=outcome.citations,
            )
        )
    return reply_key


async def _as_told(tx: Transaction, turn: Turn, outcome: Outcome) -> tuple[Outcome, str]:
    """The outcome in the words that fit now, and the kind of its reply: a person is promised only where one comes."""
    if outcome.decision != "escalate":
        return outcome, _KINDS[outcome.decision]
    people = await people_there(tx.connection)
    if people.answer:
        return await _without_repeating(tx, turn, outcome), "escalation"
    return replace(outcome, shown=people.words(outcome.reason, outcome.language)), "unanswered"


async def _without_repeating(tx: Transaction, turn: Turn, outcome: Outcome) -> Outcome:
    """The outcome with another word for who was told before that a person will answer."""
    if not outcome.shown_again:
        return outcome
    waits = await tx.execute(_waits_for_person(), {"of_conversation": turn.conversation_id})
    return replace(outcome, shown=outcome.shown_again) if waits.scalar_one() else outcome


@prepared
def _waits_for_person() -> Select[Any]:
    e = escalations.c
    return select(exists().where(e.conversation_id == bindparam("of_conversation"), e.state == "open"))


@prepared
def _finishing() -> Update:
    c = conversations.c
    return (
        update(conversations)
        .where(c.id == bindparam("of_conversation"), c.token == bindparam("held_token"))
        .values(
            done_seq=c.turn_to,
            turn_to=None,
            token=None,
            attempts=0,
            out_seq=c.out_seq + 1,
            due_at=now(),
            active_at=now(),
        )
        .returning(*c)
    )


async def next_due_in_s(connection: AsyncConnection) -> float | None:
    """Seconds until the earliest turn is due, negative where one is overdue; None where none waits."""
    due_at, moment = (await connection.execute(_earliest_due())).one()
    return None if due_at is None else (_known(due_at) - _known(moment)).total_seconds()


@prepared
def _earliest_due() -> Select[Any, Any]:
    return select(func.min(conversations.c.due_at), statement_start()).where(pending)


def _known(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment


async def _question_in_group(tx: Transaction, conversation: Row[Any], turn: Turn) -> dict[str, Any]:
    """Where several people talk, the message that is answered; it has to be seen whose question it was."""
    if conversation.channel != "telegram" or not conversation.chat.startswith("-"):
        return {}
    c = messages.c
    asked = select(c.external_id).where(c.conversation_id == turn.conversation_id, c.seq <= turn.turn_to)
    newest = asked.where(c.external_id.is_not(None)).order_by(c.seq.desc()).limit(1)
    return {"answers": (await tx.execute(newest)).scalar_one_or_none()}


def _reply(turn: Turn, outcome: Outcome, kind: str, more: dict[str, Any]) -> Reply:
    details = {
        "kind": kind,
        "reason": outcome.reason,
        "confidence": outcome.confidence,
        "language": outcome.language,
        "citations": [citation.model_dump(mode="json") for citation in outcome.citations or outcome.hints],
        "caveat": outcome.caveat,
        **more,
    }
    return Reply(outcome.shown, "machine", details=details, turn_from=turn.done_seq + 1, turn_to=turn.turn_to)


async def _store_answer(tx: Transaction, turn: Turn, outcome: Outcome) -> UUID:
    answer_id = uuid7()
    row = {
        "id": answer_id,
        "conversation_id": turn.conversation_id,
        "turn_from": turn.done_seq + 1,
        "turn_to": turn.turn_to,
        "question": outcome.question,
        "decision": outcome.decision,
        "confidence": outcome.confidence,
        "reason": outcome.reason,
        "text": outcome.text,
        "language": outcome.language,
        "citations": [citation.model_dump(mode="json") for citation in outcome.citations],
        "passages": [passage.model_dump(mode="json") for passage in outcome.passages],
        "trace": outcome.trace,
    }
    await tx.execute(insertion(answers, "created_at"), row)
    return answer_id


async def _escalate(tx: Transaction, turn: Turn, outcome: Outcome, answer_id: UUID) -> None:
    escalation_id = EscalationId(uuid7())
    row = {
        "id": escalation_id,
        "conversation_id": turn.conversation_id,
        "answer_id": answer_id,
        "turn_to": turn.turn_to,
        "question": outcome.question,
        "reason": outcome.reason,
        "dead_letter": outcome.dead_letter,
    }
    await tx.execute(insertion(escalations, "created_at"), row)
    await tx.emit(
        EscalationRaised(
            correlation_id=turn.conversation_id,
            conversation_id=turn.conversation_id,
            escalation_id=escalation_id,
            turn_to=turn.turn_to,
            question=outcome.question,
            reason=outcome.reason,
            dead_letter=outcome.dead_letter,
        )
    )
