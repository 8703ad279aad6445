"""Messages and edits on their way in: each takes the next place in its conversation and makes its turn due.

Each function is part of one transaction and updates the conversation's row first: that row is the lock.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Float, Row, Update, and_, bindparam, case, select, update

from supportbot.common.attached_files import FileAtTelegram
from supportbot.common.contracts import MessageEdited, QuestionAsked
from supportbot.common.database.attachments import note_file
from supportbot.common.database.clock import after, now
from supportbot.common.database.conversations import RELEASED, change, set_back
from supportbot.common.database.outbound import cancel_waiting
from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.tables import conversations, escalations, messages
from supportbot.common.database.statements import insert_if_absent, insertion
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.updates import remember_update
from supportbot.common.ids import ConversationId, MessageId, uuid7
from supportbot.common.telemetry.tracing import current_traceparent, note

Channel = Literal["web", "telegram"]


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
    replies_to: int | None = None
    """Telegram's id of the message that it answers."""
    file_id: str | None = None
    """Of a recording: where Telegram keeps it."""
    file: FileAtTelegram | None = None
    """What came with it, for whoever wants to see that."""
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
    released = {**RELEASED, "due_at": after(incoming.burst_s)}
    due = await change(tx, ConversationId(row.id), released)
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


async def meet(tx: Transaction, incoming: IncomingMessage) -> Row[Any]:
    """Take the place of the next reply to whoever wrote, without anything to be answered. Returns the conversation.

    Raises:
        DuplicateUpdateError: the update is known; the transaction must be rolled back, as nothing is new.
    """
    c = conversations.c
    told = {"user_name": incoming.user_name, "language": incoming.language}
    known = {name: value for name, value in told.items() if value not in {"", "und"}}
    here = and_(c.channel == incoming.channel, c.bot == incoming.bot, c.chat == incoming.chat)
    met = update(conversations).where(here).values(out_seq=c.out_seq + 1, active_at=now(), unreachable=False, **known)
    row = (await tx.execute(met.returning(*c))).one_or_none()
    if row is None:
        await insert_if_absent(tx, conversations, _new_conversation(incoming))
        row = (await tx.execute(met.returning(*c))).one()
    await remember_update(tx, incoming.update_source, incoming.update_id, incoming.body_hash)
    return row


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


@prepared
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
        "replies_to": incoming.replies_to,
        "file_id": incoming.file_id,
        "traceparent": current_traceparent(),
    }
    note(conversation_id=str(row.id), seq=row.last_seq)
    await tx.execute(insertion(messages, "received_at"), message)
    if incoming.file is not None:
        await note_file(tx, message_id, row.id, row.last_seq, bot=incoming.bot, file=incoming.file)


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
    await set_back(tx, conversation_id, first)
    if first is not None:
        c = escalations.c
        stale = and_(c.conversation_id == conversation_id, c.state == "open", c.turn_to >= first)
        await tx.execute(update(escalations).where(stale).values(state="superseded"))
