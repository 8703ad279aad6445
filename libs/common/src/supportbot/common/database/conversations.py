"""What people do to a conversation: write, edit, reply as a person, take over, hand back, close.

Each function is part of one transaction and updates the conversation's row first: that row is the lock and holds every
condition. See ARCHITECTURE.md, "A conversation's turns".
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Float, Row, Update, and_, bindparam, case, delete, insert, not_, select, update

from supportbot.common.contracts import ConversationClosed, MessageEdited, OperatorReplied, QuestionAsked
from supportbot.common.database.clock import after, now, statement_start
from supportbot.common.database.outbound import Reply, cancel_waiting, queue_reply
from supportbot.common.database.statements import insert_if_absent, insertion
from supportbot.common.database.tables import conversations, escalations, messages, quarantine, updates
from supportbot.common.database.transactions import Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import ConversationId, MessageId, uuid7
from supportbot.common.telemetry.tracing import current_traceparent

Channel = Literal["web", "telegram"]
_RELEASED = {"token": None, "turn_to": None, "attempts": 0}


class UnknownConversationError(SupportbotError):
    """There is no such conversation."""

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(f"There is no conversation {conversation_id}; it may have been deleted")
        self.conversation_id = conversation_id


class DuplicateUpdateError(SupportbotError):
    """The update is stored already; `same_body` is false where its id came with another body than before."""

    def __init__(self, bot: str, update_id: str, *, same_body: bool) -> None:
        super().__init__(f"Update {update_id} of {bot or 'the web chat'} is stored already")
        self.same_body = same_body


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message as a channel gives it."""

    channel: Channel
    bot: str
    chat: str
    update_source: str
    """Whose update ids these are: the bot, or one web visitor."""
    update_id: str
    body_hash: str
    text: str
    kind: str = "text"
    """`text`; `person` asks for a person; else what it is that cannot be read: `sticker`, `voice`, …"""
    external_id: int | None = None
    user_name: str = ""
    language: str = "und"
    burst_s: float = 0.0
    """How long to wait for more messages that belong to the same question, in seconds."""


@dataclass(frozen=True, slots=True)
class Received:
    """Where a message was stored."""

    conversation_id: ConversationId
    message_id: MessageId
    seq: int
    due_at: datetime


async def receive_message(tx: Transaction, incoming: IncomingMessage) -> Received:
    """Store a message and make its turn due.

    Raises:
        DuplicateUpdateError: the update is known; the transaction must be rolled back, as nothing is new.
    """
    row = await _next_message(tx, incoming)
    await remember_update(tx, incoming.update_source, incoming.update_id, incoming.body_hash)
    return await _store(tx, incoming, row)


async def receive_edit(tx: Transaction, incoming: IncomingMessage) -> Received:
    """Store an edit: it takes the next place, like a message, and replies that do not fit any more are not sent.

    An edit of a message that we never saw is a message.
    """
    row = await _next_message(tx, incoming)
    await remember_update(tx, incoming.update_source, incoming.update_id, incoming.body_hash)
    original = await _original(tx, row.id, incoming.external_id)
    if original is None:
        return await _store(tx, incoming, row)
    released = {**_RELEASED, "due_at": after(incoming.burst_s)}
    due = await _change(tx, ConversationId(row.id), released)
    message_id = MessageId(uuid7())
    await tx.execute(update(messages).where(messages.c.id == original.id).values(superseded_by=message_id))
    await _answer_anew(tx, ConversationId(row.id), original.seq)
    await _insert_message(tx, incoming, row, message_id)
    await tx.emit(
        MessageEdited(
            correlation_id=row.id, conversation_id=row.id, seq=row.last_seq, text=incoming.text, due_at=due.due_at
        )
    )
    return Received(ConversationId(row.id), message_id, row.last_seq, due.due_at)


async def remember_update(tx: Transaction, source: str, update_id: str, body_hash: str) -> None:
    """Note that an update was taken in, so that it has no second effect.

    Raises:
        DuplicateUpdateError: it was taken in before; the transaction must be rolled back.
    """
    row = {"bot": source, "update_id": update_id, "body_hash": body_hash}
    if await insert_if_absent(tx, updates, row, moments=("received_at",)):
        return
    known = select(updates.c.body_hash).where(updates.c.bot == source, updates.c.update_id == update_id)
    same = (await tx.execute(known)).scalar_one_or_none() == body_hash
    raise DuplicateUpdateError(source, update_id, same_body=same)


async def quarantine_update(tx: Transaction, *, bot: str, update_id: str | None, reason: str, body: str) -> None:
    """Keep an update that is authentic but of no use to us, for a person to look at."""
    row = {"id": uuid7(), "bot": bot, "update_id": update_id, "reason": reason, "body": body, "received_at": now()}
    await tx.execute(insert(quarantine).values(row))


async def operator_reply(
    tx: Transaction, conversation_id: ConversationId, *, text: str, operator: str, seen: int
) -> str:
    """Send a person's reply. It deals with everything up to `seen`, the newest message on their screen.

    Returns the reply's key. The same reply sent twice is told apart by whoever takes it in, by `remember_update`.
    """
    c = conversations.c
    deals_with_something = and_(c.done_seq < seen, c.done_seq < c.last_seq)
    row = await _change(
        tx,
        conversation_id,
        {
            "out_seq": c.out_seq + 1,
            "done_seq": case((not_(deals_with_something), c.done_seq), (c.last_seq < seen, c.last_seq), else_=seen),
            # A turn in work would answer what was just answered, and set done_seq back: it loses its claim.
            "token": case((deals_with_something, None), else_=c.token),
            "turn_to": case((deals_with_something, None), else_=c.turn_to),
            "attempts": case((deals_with_something, 0), else_=c.attempts),
            "due_at": case((deals_with_something, now()), else_=c.due_at),
            "active_at": now(),
        },
    )
    details = {"kind": "operator", "language": row.language}
    reply = Reply(text=text, author="person", author_name=operator, details=details)
    reply_key = await queue_reply(tx, row, reply)
    open_ones = and_(escalations.c.conversation_id == conversation_id, escalations.c.state == "open")
    await tx.execute(update(escalations).where(open_ones, escalations.c.turn_to <= seen).values(state="answered"))
    await tx.emit(
        OperatorReplied(
            correlation_id=conversation_id,
            conversation_id=conversation_id,
            reply_key=reply_key,
            channel=row.channel,
            operator=operator,
            text=text,
        )
    )
    return reply_key


async def take_over(tx: Transaction, conversation_id: ConversationId) -> None:
    """Let a person answer from now. The machine's unsent answers are cancelled, what they answered is unanswered."""
    await _change(tx, conversation_id, {**_RELEASED, "mode": "person", "due_at": now()})
    await _set_back(tx, conversation_id, await cancel_waiting(tx, conversation_id))


async def hand_back(tx: Transaction, conversation_id: ConversationId) -> None:
    """Let the machine answer again, beginning with what no person answered."""
    row = await _change(tx, conversation_id, {**_RELEASED, "mode": "machine", "due_at": now()})
    if row.last_seq > row.done_seq:
        await tx.emit(
            QuestionAsked(
                correlation_id=conversation_id,
                conversation_id=conversation_id,
                seq=row.last_seq,
                channel=row.channel,
                text="",
                due_at=row.due_at,
            )
        )


async def close(tx: Transaction, conversation_id: ConversationId) -> None:
    """Close a conversation: nothing in it waits for anyone. The next message opens it again."""
    c = conversations.c
    await _change(tx, conversation_id, {**_RELEASED, "mode": "closed", "due_at": now(), "done_seq": c.last_seq})
    open_ones = and_(escalations.c.conversation_id == conversation_id, escalations.c.state == "open")
    await tx.execute(update(escalations).where(open_ones).values(state="answered"))
    await tx.emit(ConversationClosed(correlation_id=conversation_id, conversation_id=conversation_id))


async def delete_conversation(tx: Transaction, conversation_id: ConversationId) -> None:
    """Delete a conversation with all that belongs to it. A turn in work loses its claim and can store nothing."""
    await _change(tx, conversation_id, {**_RELEASED, "mode": "closed"})
    await tx.execute(delete(conversations).where(conversations.c.id == conversation_id))


async def prune_updates(tx: Transaction, older_than_s: float) -> int:
    """Forget update ids that no channel repeats any more. Returns how many."""
    return (await tx.execute(delete(updates).where(updates.c.received_at < statement_start(-older_than_s)))).rowcount


async def _next_message(tx: Transaction, incoming: IncomingMessage) -> Row[Any]:
    """Take the next place in the conversation, which is made where it does not exist."""
    statement = _taking_next_place(told_name=bool(incoming.user_name), told_language=incoming.language != "und")
    parameters = {
        "in_channel": incoming.channel,
        "of_bot": incoming.bot,
        "in_chat": incoming.chat,
        "burst_s": incoming.burst_s,
        "told_name": incoming.user_name,
        "told_language": incoming.language,
    }
    row = (await tx.execute(statement, parameters)).one_or_none()
    if row is None:
        await insert_if_absent(tx, conversations, _new_conversation(incoming))
        row = (await tx.execute(statement, parameters)).one()
    return row


@cache
def _taking_next_place(*, told_name: bool, told_language: bool) -> Update:
    c = conversations.c
    idle = and_(c.token.is_(None), c.last_seq == c.done_seq)
    return (
        update(conversations)
        .where(c.channel == bindparam("in_channel"), c.bot == bindparam("of_bot"), c.chat == bindparam("in_chat"))
        .values(
            last_seq=c.last_seq + 1,
            due_at=case((idle, after(bindparam("burst_s", type_=Float()))), else_=c.due_at),
            mode=case((c.mode == "closed", "machine"), else_=c.mode),
            active_at=now(),
            unreachable=False,
            user_name=bindparam("told_name") if told_name else c.user_name,
            language=bindparam("told_language") if told_language else c.language,
        )
        .returning(c.id, c.last_seq, c.due_at)
    )


def _new_conversation(incoming: IncomingMessage) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "channel": incoming.channel,
        "bot": incoming.bot,
        "chat": incoming.chat,
        "due_at": now(),
        "created_at": now(),
        "active_at": now(),
    }


async def _store(tx: Transaction, incoming: IncomingMessage, row: Row[Any]) -> Received:
    message_id = MessageId(uuid7())
    await _insert_message(tx, incoming, row, message_id)
    await tx.emit(
        QuestionAsked(
            correlation_id=row.id,
            causation_id=message_id,
            conversation_id=row.id,
            seq=row.last_seq,
            channel=incoming.channel,
            text=incoming.text,
            due_at=row.due_at,
        )
    )
    return Received(ConversationId(row.id), message_id, row.last_seq, row.due_at)


async def _insert_message(tx: Transaction, incoming: IncomingMessage, row: Row[Any], message_id: MessageId) -> None:
    message = {
        "id": message_id,
        "conversation_id": row.id,
        "seq": row.last_seq,
        "kind": incoming.kind,
        "text": incoming.text,
        "external_id": incoming.external_id,
        "traceparent": current_traceparent(),
    }
    await tx.execute(insertion(messages, "received_at"), message)


async def _original(tx: Transaction, conversation_id: UUID, external_id: int | None) -> Row[Any] | None:
    """The newest state of the message that an edit changes."""
    if external_id is None:
        return None
    c = messages.c
    found = select(c.id, c.seq).where(c.conversation_id == conversation_id, c.external_id == external_id)
    return (await tx.execute(found.where(c.superseded_by.is_(None)).order_by(c.seq.desc()).limit(1))).one_or_none()


async def _answer_anew(tx: Transaction, conversation_id: ConversationId, seq: int) -> None:
    """Cancel the waiting reply of the turn that holds `seq`, and those after it; all their messages are due again.

    Cancelling that one reply alone would leave the turn's other messages without any.
    """
    first = await cancel_waiting(tx, conversation_id, since=seq)
    await _set_back(tx, conversation_id, first)
    if first is not None:
        c = escalations.c
        stale = and_(c.conversation_id == conversation_id, c.state == "open", c.turn_to >= first)
        await tx.execute(update(escalations).where(stale).values(state="superseded"))


async def _set_back(tx: Transaction, conversation_id: ConversationId, first: int | None) -> None:
    """Make everything since message `first` unanswered."""
    if first is not None:
        done = and_(conversations.c.id == conversation_id, conversations.c.done_seq >= first)
        await tx.execute(update(conversations).where(done).values(done_seq=first - 1))


async def _change(tx: Transaction, conversation_id: ConversationId, values: dict[str, Any]) -> Row[Any]:
    changed = update(conversations).where(conversations.c.id == conversation_id).values(values)
    row = (await tx.execute(changed.returning(*conversations.c))).one_or_none()
    if row is None:
        raise UnknownConversationError(conversation_id)
    return row
