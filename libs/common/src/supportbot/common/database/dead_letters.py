"""Dead letters: turns that nobody could finish. They are escalations with a cause; a replay asks one again, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import QuestionAsked
from supportbot.common.database.clock import now
from supportbot.common.database.schema.tables import answers, conversations, escalations, messages
from supportbot.common.database.transactions import Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import EscalationId, uuid7

REPLAYED = "replayed"


class NoDeadLetterError(SupportbotError):
    """There is no such dead letter, or it was replayed or answered before."""

    def __init__(self, escalation_id: UUID) -> None:
        super().__init__(
            f"{escalation_id} is no dead letter that waits; `supportbot dead-letters list` shows those that do"
        )
        self.escalation_id = escalation_id


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A turn that nobody could finish."""

    id: EscalationId
    conversation_id: UUID
    channel: str
    question: str
    state: str
    """`open`, `answered` by a person, `superseded` by an edit, or `replayed`."""
    created_at: datetime
    trace: dict[str, Any]


async def dead_letters(
    connection: AsyncConnection, *, only_open: bool, limit: int, after: EscalationId | None = None
) -> Sequence[DeadLetter]:
    """The newest dead letters; those that come after one, where one is named."""
    e = escalations.c
    rows = _all_about().order_by(e.created_at.desc(), e.id.desc()).limit(limit)
    if only_open:
        rows = rows.where(e.state == "open")
    if after is not None:
        last = select(e.created_at).where(e.id == after).scalar_subquery()
        rows = rows.where(or_(e.created_at < last, and_(e.created_at == last, e.id < after)))
    return [DeadLetter(**row._mapping) for row in await connection.execute(rows)]  # noqa: SLF001  # SQLAlchemy's public name


async def dead_letter(connection: AsyncConnection, escalation_id: EscalationId) -> DeadLetter:
    """One of them; raises NoDeadLetterError."""
    row = (await connection.execute(_all_about().where(escalations.c.id == escalation_id))).one_or_none()
    if row is None:
        raise NoDeadLetterError(escalation_id)
    return DeadLetter(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name


async def replay_dead_letter(tx: Transaction, escalation_id: EscalationId) -> int:
    """Ask the question again as the conversation's newest message. Returns its number.

    Raises:
        NoDeadLetterError: it does not wait any more; nothing changes, so that replaying twice has one effect.
    """
    e, c = escalations.c, conversations.c
    waiting = update(escalations).where(e.id == escalation_id, e.dead_letter, e.state == "open").values(state=REPLAYED)
    found = (await tx.execute(waiting.returning(e.conversation_id, e.question))).one_or_none()
    if found is None:
        raise NoDeadLetterError(escalation_id)
    idle = and_(c.token.is_(None), c.last_seq == c.done_seq)
    taken = (
        update(conversations)
        .where(c.id == found.conversation_id)
        .values(
            last_seq=c.last_seq + 1,
            due_at=case((idle, now()), else_=c.due_at),  # a turn in work keeps its claim
            mode=case((c.mode == "closed", "machine"), else_=c.mode),
            active_at=now(),
        )
    )
    row = (await tx.execute(taken.returning(c.last_seq, c.channel, c.due_at))).one()
    message = {"id": uuid7(), "conversation_id": found.conversation_id, "seq": row.last_seq, "kind": "text"}
    await tx.execute(insert(messages).values({**message, "text": found.question, "received_at": now()}))
    await tx.emit(
        QuestionAsked(
            correlation_id=found.conversation_id,
            causation_id=escalation_id,
            conversation_id=found.conversation_id,
            seq=row.last_seq,
            channel=row.channel,
            text=found.question,
            due_at=row.due_at,
        )
    )
    return int(row.last_seq)


def _all_about() -> Any:
    e = escalations.c
    return (
        select(e.id, e.conversation_id, conversations.c.channel, e.question, e.state, e.created_at, answers.c.trace)
        .join(conversations, conversations.c.id == e.conversation_id)
        .join(answers, answers.c.id == e.answer_id)
        .where(e.dead_letter)
    )
