"""What people do to a conversation: reply as a person, take over, hand back, close. Messages come in by `incoming`.

Each function is part of one transaction and updates the conversation's row first: that row is the lock and holds every
condition. See ARCHITECTURE.md, "A conversation's turns".
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, case, delete, func, not_, or_, select, update

from supportbot.common.attached_files import FileAtTelegram, StoredAttachment, name_to_save
from supportbot.common.contracts import ConversationClosed, OperatorReplied, QuestionAsked
from supportbot.common.database.attachments import note_sent_file
from supportbot.common.database.clock import now
from supportbot.common.database.outbound import Reply, cancel_waiting, queue_reply
from supportbot.common.database.resolutions import note_resolution
from supportbot.common.database.schema.tables import conversations, escalations, messages, outbox
from supportbot.common.database.snoozes import end_snooze, end_snooze_if_over
from supportbot.common.database.transactions import Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import ConversationId

SAID = ("text", "person", "start")
"""Kinds of messages that say something in words, or by being sent; all others are for a person to look at."""
RELEASED = {"token": None, "turn_to": None, "attempts": 0}


class UnknownConversationError(SupportbotError):
    """There is no such conversation."""

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(f"There is no conversation {conversation_id}; it may have been deleted")
        self.conversation_id = conversation_id


async def operator_reply(
    tx: Transaction,
    conversation_id: ConversationId,
    *,
    text: str,
    operator: str,
    seen: int,
    replied_by: str = "",
    more: Mapping[str, Any] | None = None,
) -> str:
    """Send a person's reply. It deals with everything up to `seen`, the newest message on their screen.

    `operator` is the name that the user is shown, `replied_by` the one that goes with the record alone.
    Returns the reply's key. The same reply sent twice is told apart by whoever takes it in, by `remember_update`.
    """
    c = conversations.c
    deals_with_something = and_(c.done_seq < seen, c.done_seq < c.last_seq)
    row = await change(
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
    by = {"replied_by": replied_by} if replied_by else {}
    details = {"kind": "operator", "language": row.language, **by, **(more or {})}
    reply = Reply(text=text, author="person", author_name=operator, details=details)
    reply_key = await queue_reply(tx, row, reply)
    open_ones = and_(escalations.c.conversation_id == conversation_id, escalations.c.state == "open")
    await tx.execute(update(escalations).where(open_ones, escalations.c.turn_to <= seen).values(state="answered"))
    await end_snooze_if_over(tx, conversation_id)
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


async def operator_file(
    tx: Transaction,
    conversation_id: ConversationId,
    *,
    file: StoredAttachment | FileAtTelegram,
    operator: str,
    seen: int,
    replied_by: str = "",
    bot: str = "",
    more: Mapping[str, Any] | None = None,
) -> str:
    """Send a file as a person's reply, by the rules of any other; what it says in words is its name.

    One that Telegram keeps, where `bot` opens it, goes to people on the web alone.
    """
    described = _described(file)
    reply_key = await operator_reply(
        tx,
        conversation_id,
        text=described["name"],
        operator=operator,
        seen=seen,
        replied_by=replied_by,
        more={"attachment": described, **(more or {})},
    )
    await note_sent_file(tx, conversation_id, out_seq_of(reply_key), file, bot=bot)
    return reply_key


def _described(file: StoredAttachment | FileAtTelegram) -> dict[str, Any]:
    if isinstance(file, FileAtTelegram):
        return {"name": name_to_save(file.kind, file.name), "kind": file.kind}
    return {"name": file.name, "kind": file.kind, "digest": file.digest, "size": file.size}


def out_seq_of(reply_key: str) -> int:
    """The number of the reply that has this key."""
    return int(reply_key.split(":")[1])


async def take_over(tx: Transaction, conversation_id: ConversationId) -> None:
    """Let a person answer from now. The machine's unsent answers are cancelled, what they answered is unanswered."""
    await change(tx, conversation_id, {**RELEASED, "mode": "person", "due_at": now()})
    await set_back(tx, conversation_id, await cancel_waiting(tx, conversation_id))


async def hand_back(tx: Transaction, conversation_id: ConversationId, seen: int = 0) -> None:
    """Let the machine answer again, beginning with what no person answered.

    `seen`: up to which message a person has looked at it. What only a person can look at is not given to them again.
    """
    row = await change(tx, conversation_id, {**RELEASED, "mode": "machine", "due_at": now()})
    if seen > row.done_seq:
        row = await change(tx, conversation_id, {"done_seq": await _done_before_machine(tx, row, seen)})
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


async def _done_before_machine(tx: Transaction, conversation: Row[Any], seen: int) -> int:
    """The message before the first one of which the machine can make something, or that nobody has seen."""
    c = messages.c
    unanswered = and_(c.conversation_id == conversation.id, c.seq > conversation.done_seq, c.superseded_by.is_(None))
    for_machine = select(func.min(c.seq)).where(unanswered, or_(c.seq > seen, c.kind.in_(SAID)))
    first = (await tx.execute(for_machine)).scalar_one()
    return int(conversation.last_seq if first is None else first - 1)


async def close(tx: Transaction, conversation_id: ConversationId) -> None:
    """Close a conversation: nothing in it waits for anyone. The next message opens it again."""
    c = conversations.c
    row = await change(tx, conversation_id, {**RELEASED, "mode": "closed", "due_at": now(), "done_seq": c.last_seq})
    await note_resolution(tx, conversation_id, row.last_seq)
    open_ones = and_(escalations.c.conversation_id == conversation_id, escalations.c.state == "open")
    await tx.execute(update(escalations).where(open_ones).values(state="answered"))
    await end_snooze(tx, conversation_id)
    await tx.emit(ConversationClosed(correlation_id=conversation_id, conversation_id=conversation_id))


async def delete_conversation(tx: Transaction, conversation_id: ConversationId) -> None:
    """Delete a conversation with all that belongs to it, unpublished events too.

    A turn in work loses its claim and can store nothing. What is on its way to Telegram is not called back.
    """
    await change(tx, conversation_id, {**RELEASED, "mode": "closed"})
    await tx.execute(delete(outbox).where(outbox.c.body.contains(str(conversation_id))))
    await tx.execute(delete(conversations).where(conversations.c.id == conversation_id))


async def begin_anew(tx: Transaction, conversation_id: ConversationId) -> None:
    """Let later answers refer to nothing that was said so far."""
    c = conversations.c
    await change(tx, conversation_id, {"context_seq": c.last_seq, "context_out_seq": c.out_seq})


async def hold(tx: Transaction, conversation_id: ConversationId) -> Row[Any]:
    """The conversation, which stays as it is until the end of the transaction but for what that changes."""
    return await change(tx, conversation_id, {"active_at": conversations.c.active_at})


async def set_back(tx: Transaction, conversation_id: ConversationId, first: int | None) -> None:
    """Make everything since message `first` unanswered."""
    if first is not None:
        done = and_(conversations.c.id == conversation_id, conversations.c.done_seq >= first)
        await tx.execute(update(conversations).where(done).values(done_seq=first - 1))


async def change(tx: Transaction, conversation_id: ConversationId, values: dict[str, Any]) -> Row[Any]:
    changed = update(conversations).where(conversations.c.id == conversation_id).values(values)
    row = (await tx.execute(changed.returning(*conversations.c))).one_or_none()
    if row is None:
        raise UnknownConversationError(conversation_id)
    return row
