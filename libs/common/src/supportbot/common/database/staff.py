"""Escalations that staff have to be told of in their own chats, and how their replies find their way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import EscalationRaised
from supportbot.common.database.clock import now, statement_start
from supportbot.common.database.conversations import SAID
from supportbot.common.database.schema.staff_tables import staff_places
from supportbot.common.database.schema.tables import answers, conversations, escalations, messages, outbound, unsettled
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ConversationId, EscalationId, uuid7

EARLIER = 3
TOLD_WITHIN_S = 24 * 3600.0
"""Older escalations are not news: a bot that gets its first admin does not send them everything that ever waited."""


@dataclass(frozen=True, slots=True)
class UntoldEscalation:
    """An open escalation with what helps a person to answer it."""

    id: EscalationId
    conversation_id: ConversationId
    channel: str
    bot: str
    user_name: str
    language: str
    turn_to: int
    question: str
    reason: str
    dead_letter: bool
    confidence: float | None
    passages: Sequence[dict[str, Any]]
    created_at: datetime
    chat: str = ""
    attachments: Sequence[int] = ()
    """Telegram's ids of the messages in it that hold more than text."""
    suggestion: str = ""
    """An answer that was made, and of which the machine was not sure enough."""
    earlier: Sequence[str] = ()
    """What the person asked before."""


@dataclass(frozen=True, slots=True)
class SentReply:
    """A reply as it stands in `outbound`."""

    reply_key: str
    conversation_id: ConversationId | None
    author: str
    status: str
    turn_to: int | None
    language: str
    details: Mapping[str, Any] = field(default_factory=dict)


async def untold_escalations(connection: AsyncConnection, limit: int) -> list[UntoldEscalation]:
    """Open escalations of which staff know nothing yet, oldest first."""
    e = escalations.c
    untold = and_(e.state == "open", e.staff_told_at.is_(None), e.created_at > statement_start(-TOLD_WITHIN_S))
    return await _described(connection, _open_ones().where(untold).order_by(e.created_at, e.id).limit(limit))


async def escalation_to_tell(connection: AsyncConnection, escalation_id: UUID) -> UntoldEscalation | None:
    """An escalation as staff are told of it, as long as it is open."""
    e = escalations.c
    found = await _described(connection, _open_ones().where(e.id == escalation_id, e.state == "open"))
    return found[0] if found else None


def _open_ones() -> Select[Any]:
    e, c, a = escalations.c, conversations.c, answers.c
    return (
        select(e.id, e.conversation_id, e.turn_to, e.question, e.reason, e.dead_letter, e.created_at)
        .add_columns(c.channel, c.bot, c.chat, c.user_name, c.language, a.confidence, a.passages, a.turn_from, a.text)
        .join_from(escalations, conversations, c.id == e.conversation_id)
        .join(answers, a.id == e.answer_id, isouter=True)
    )


async def _described(connection: AsyncConnection, chosen: Select[Any]) -> list[UntoldEscalation]:
    return [
        UntoldEscalation(
            id=EscalationId(row.id),
            conversation_id=ConversationId(row.conversation_id),
            channel=row.channel,
            bot=row.bot,
            user_name=row.user_name,
            language=row.language,
            turn_to=row.turn_to,
            question=row.question,
            reason=row.reason,
            dead_letter=row.dead_letter,
            confidence=row.confidence,
            passages=row.passages or (),
            created_at=row.created_at,
            chat=row.chat,
            attachments=await _attachments(connection, row.conversation_id, row.turn_from or row.turn_to, row.turn_to),
            suggestion=row.text or "",
            earlier=await _asked_before(connection, row.conversation_id, row.turn_from or row.turn_to),
        )
        for row in (await connection.execute(chosen)).all()
    ]


async def _asked_before(connection: AsyncConnection, conversation_id: UUID, first: int) -> Sequence[str]:
    c = messages.c
    asked = select(c.text).where(c.conversation_id == conversation_id, c.seq < first, c.superseded_by.is_(None))
    newest = (await connection.execute(asked.where(c.text != "").order_by(c.seq.desc()).limit(EARLIER))).scalars()
    return list(newest)[::-1]


async def _attachments(connection: AsyncConnection, conversation_id: UUID, first: int, last: int) -> Sequence[int]:
    """What the messages of a turn hold besides text, by Telegram's ids."""
    c = messages.c
    of_turn = and_(c.conversation_id == conversation_id, c.seq >= first, c.seq <= last, c.superseded_by.is_(None))
    sent = select(c.external_id).where(of_turn, c.external_id.is_not(None), c.kind.not_in(SAID))
    return (await connection.execute(sent.order_by(c.seq))).scalars().all()


async def mark_told(tx: Transaction, escalation_id: EscalationId) -> bool:
    """Note that staff are being told. False where somebody else has done so, or nobody needs to know any more."""
    c = escalations.c
    untold = and_(c.id == escalation_id, c.staff_told_at.is_(None), c.state == "open")
    return (await tx.execute(update(escalations).where(untold).values(staff_told_at=now()))).rowcount == 1


async def reply_by_key(connection: AsyncConnection, *, bot: str, chat: str, reply_key: str) -> SentReply | None:
    """A reply of this chat by its key."""
    return await _reply(
        connection, and_(outbound.c.reply_key == reply_key, outbound.c.bot == bot, outbound.c.chat == chat)
    )


async def reply_by_message(connection: AsyncConnection, *, bot: str, chat: str, external_id: int) -> SentReply | None:
    """A reply of this chat by the id of the message that it became."""
    c = outbound.c
    return await _reply(connection, and_(c.bot == bot, c.chat == chat, c.external_id == external_id))


async def something_is_on_its_way(connection: AsyncConnection, *, bot: str, chat: str) -> bool:
    """Whether a message to this chat may have arrived of which we do not know yet what it became there."""
    c = outbound.c
    going = exists().where(unsettled, c.bot == bot, c.status == "sending", c.chat == chat)
    return bool((await connection.execute(select(going))).scalar_one())


async def give_to_person(tx: Transaction, reply_keys: Sequence[str]) -> None:
    """Raise an escalation for replies of which nobody knows whether they arrived, in place of repeating them."""
    for row in (await tx.execute(_to_questions(reply_keys))).all():
        escalation_id = uuid7()
        told = {
            "conversation_id": row.conversation_id,
            "turn_to": row.turn_to or 0,
            "question": row.question or row.body,  # a person's own reply answers no turn
            "reason": "delivery_uncertain",
        }
        await tx.execute(insert(escalations).values(id=escalation_id, created_at=now(), **told))
        await tx.emit(EscalationRaised(correlation_id=row.conversation_id, escalation_id=escalation_id, **told))


def _to_questions(reply_keys: Sequence[str]) -> Select[Any]:
    o, a = outbound.c, answers.c
    asked = select(a.question).where(a.conversation_id == o.conversation_id, a.turn_to == o.turn_to)
    newest = asked.order_by(a.created_at.desc()).limit(1).scalar_subquery()
    return select(o.conversation_id, o.turn_to, o.body, newest.label("question")).where(
        o.reply_key.in_(reply_keys), o.conversation_id.is_not(None)
    )


async def _reply(connection: AsyncConnection, condition: Any) -> SentReply | None:
    o, c = outbound.c, conversations.c
    statement = (
        select(o.reply_key, o.conversation_id, o.author, o.status, o.turn_to, o.details, c.language)
        .join_from(outbound, conversations, c.id == o.conversation_id, isouter=True)
        .where(condition, o.author != "act")
        .order_by(o.created_at.desc())
        .limit(1)
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    return SentReply(
        row.reply_key,
        None if row.conversation_id is None else ConversationId(UUID(str(row.conversation_id))),
        row.author,
        row.status,
        row.turn_to,
        row.language or "und",
        row.details,
    )


@dataclass(frozen=True, slots=True)
class Suggested:
    """An escalation with the answer that was made for it."""

    id: EscalationId
    conversation_id: ConversationId
    turn_to: int
    text: str


async def escalation_of(connection: AsyncConnection, escalation_id: UUID) -> Suggested | None:
    """What an escalation is about."""
    e, a = escalations.c, answers.c
    found = select(e.conversation_id, e.turn_to, a.text).join_from(
        escalations, answers, a.id == e.answer_id, isouter=True
    )
    row = (await connection.execute(found.where(e.id == escalation_id))).one_or_none()
    if row is None:
        return None
    return Suggested(EscalationId(escalation_id), ConversationId(row.conversation_id), row.turn_to, row.text or "")


async def was_told(connection: AsyncConnection, *, bot: str, chat: str, conversation_id: UUID) -> bool:
    """Whether something about a conversation was sent to a staff chat."""
    c = outbound.c
    told = exists().where(
        c.conversation_id == conversation_id, c.bot == bot, c.chat == chat, c.author == "staff_notice"
    )
    return bool((await connection.execute(select(told))).scalar_one())


async def people_before(
    connection: AsyncConnection, escalation_id: UUID, conversation_id: ConversationId
) -> int | None:
    """In how many conversations somebody waits for longer; None where this one waited before, or a person answers."""
    e, c = escalations.c, conversations.c
    mine = select(e.created_at).where(e.id == escalation_id).scalar_subquery()
    earlier = and_(e.state == "open", e.id != escalation_id, e.created_at < mine)
    known = select(exists().where(earlier, e.conversation_id == conversation_id))
    mode = (await connection.execute(select(c.mode).where(c.id == conversation_id))).scalar_one_or_none()
    if mode == "person" or (await connection.execute(known)).scalar_one():
        return None
    ahead = select(func.count(func.distinct(e.conversation_id))).where(earlier)
    return int((await connection.execute(ahead)).scalar_one())


@dataclass(frozen=True, slots=True)
class Forgotten:
    """An open escalation that nobody took for long."""

    id: EscalationId
    conversation_id: ConversationId
    bot: str
    user_name: str
    language: str
    turn_to: int
    question: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A conversation with a person in which it is their turn to speak."""

    conversation_id: ConversationId
    user_name: str
    language: str
    last_seq: int


async def forgotten_escalations(connection: AsyncConnection, after_s: float, limit: int) -> list[Forgotten]:
    """Those that staff were told of so long ago, and were not reminded of."""
    e, c = escalations.c, conversations.c
    columns = (e.id, e.conversation_id, c.bot, c.user_name, c.language, e.turn_to, e.question)
    found = select(*columns).join_from(escalations, conversations, c.id == e.conversation_id)
    waits = and_(e.state == "open", c.mode == "machine", e.reminded_at.is_(None))
    long_ago = e.staff_told_at < statement_start(-after_s)
    rows = await connection.execute(found.where(waits, long_ago).order_by(e.created_at).limit(limit))
    return [Forgotten(**row._asdict()) for row in rows]


async def unanswered_talks(connection: AsyncConnection, after_s: float, limit: int) -> list[Unanswered]:
    """Conversations with a person of which the person wrote something long ago that staff have not answered."""
    p, c, m = staff_places.c, conversations.c, messages.c
    newest = select(m.received_at).where(m.conversation_id == c.id, m.seq == c.last_seq).scalar_subquery()
    found = select(c.id, c.user_name, c.language, c.last_seq).join_from(
        staff_places, conversations, c.id == p.conversation_id
    )
    waits = and_(c.mode == "person", c.last_seq > c.done_seq, c.last_seq > p.reminded_seq)
    rows = await connection.execute(found.where(waits, newest < statement_start(-after_s)).limit(limit))
    return [Unanswered(ConversationId(row.id), row.user_name, row.language, row.last_seq) for row in rows]


async def mark_reminded_of(tx: Transaction, conversation_id: ConversationId, seq: int) -> bool:
    """Note up to which message staff were reminded. False where somebody else has done so."""
    p = staff_places.c
    due = and_(p.conversation_id == conversation_id, p.reminded_seq < seq)
    return (await tx.execute(update(staff_places).where(due).values(reminded_seq=seq))).rowcount == 1


async def mark_reminded(tx: Transaction, escalation_id: EscalationId) -> bool:
    """Note that staff are reminded. False where somebody else has done so."""
    c = escalations.c
    due = and_(c.id == escalation_id, c.reminded_at.is_(None), c.state == "open")
    return (await tx.execute(update(escalations).where(due).values(reminded_at=now()))).rowcount == 1
