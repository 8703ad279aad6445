"""Recordings that wait to be written down before their turn is taken."""

from dataclasses import dataclass

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import QuestionAsked
from supportbot.common.database.clock import now, statement_start
from supportbot.common.database.schema.tables import conversations, messages
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId, ConversationId, MessageId

RECORDINGS = ("voice", "video_note", "audio")
WAITS_S = 15.0
"""How long a turn waits for its recording to be written down; then a person gets it as it is."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A message that was spoken."""

    message_id: MessageId
    conversation_id: ConversationId
    kind: str
    file_id: str


async def waiting_recordings(connection: AsyncConnection, bot: BotId, limit: int) -> list[Recording]:
    """Those whose turn has not begun, oldest first."""
    m, c = messages.c, conversations.c
    spoken = select(m.id, m.conversation_id, m.kind, m.file_id).where(m.kind.in_(RECORDINGS), m.file_id.is_not(None))
    found = spoken.join_from(messages, conversations, c.id == m.conversation_id)
    unanswered = and_(c.token.is_(None), m.seq > c.done_seq, m.superseded_by.is_(None))
    recent = m.received_at > statement_start(-WAITS_S)
    waits = and_(c.channel == "telegram", c.bot == bot, c.mode == "machine", unanswered, recent)
    rows = await connection.execute(found.where(waits).order_by(m.received_at).limit(limit))
    return [Recording(MessageId(row.id), ConversationId(row.conversation_id), row.kind, row.file_id) for row in rows]


async def write_down(tx: Transaction, recording: Recording, text: str) -> bool:
    """Take what was said for the message's text and answer it now. False where its turn has begun meanwhile."""
    c, m = conversations.c, messages.c
    idle = and_(c.id == recording.conversation_id, c.token.is_(None))
    row = (await tx.execute(update(conversations).where(idle).values(due_at=now()).returning(*c))).one_or_none()
    if row is None:
        return False
    told = and_(m.id == recording.message_id, m.seq > row.done_seq, m.superseded_by.is_(None))
    changed = await tx.execute(update(messages).where(told).values(kind="text", text=text, file_id=None))
    if changed.rowcount != 1:
        return False
    await tx.emit(
        QuestionAsked(
            correlation_id=row.id,
            conversation_id=row.id,
            seq=row.last_seq,
            channel=row.channel,
            text=text,
            due_at=row.due_at,
        )
    )
    return True
