"""What an operator has begun to write in a conversation: kept until it is sent, whatever becomes of their browser."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import and_, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.inbox.schemas import Kept
from supportbot.common.database.clock import now, statement_start
from supportbot.common.database.conversations import UnknownConversationError
from supportbot.common.database.schema.inbox_tables import drafts
from supportbot.common.database.schema.operator_tables import operators
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.statements import insert_or_update
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ConversationId

WRITES_FOR_S: Final = 8.0
"""Whoever has changed their draft within this time is writing: pages save it every second or two."""
_d = drafts.c


async def draft_of(connection: AsyncConnection, conversation_id: ConversationId, operator_id: UUID | None) -> Kept:
    """Their draft; an empty one where they have none."""
    mine = and_(_d.conversation_id == conversation_id, _d.operator_id == operator_id)
    row = (await connection.execute(select(_d.text, _d.is_note).where(mine))).one_or_none()
    return Kept() if row is None else Kept(row.text, row.is_note)


async def keep_draft(tx: Transaction, conversation_id: ConversationId, operator_id: UUID, kept: Kept) -> None:
    """In place of the one before. Raises UnknownConversationError."""
    if not kept.text.strip():
        return await forget_draft(tx, conversation_id, operator_id)
    known = select(conversations.c.id).where(conversations.c.id == conversation_id)
    if (await tx.execute(known)).one_or_none() is None:
        raise UnknownConversationError(conversation_id)
    row = {"conversation_id": conversation_id, "operator_id": operator_id, "text": kept.text}
    changed = {"is_note": kept.is_note, "updated_at": now()}
    return await insert_or_update(tx, drafts, row | changed, key=[_d.conversation_id, _d.operator_id])


async def forget_draft(tx: Transaction, conversation_id: ConversationId, operator_id: UUID | None) -> None:
    """It was sent, or given up."""
    mine = and_(_d.conversation_id == conversation_id, _d.operator_id == operator_id)
    await tx.execute(delete(drafts).where(mine))


async def writers(
    connection: AsyncConnection, conversation_id: ConversationId, operator_id: UUID | None
) -> Sequence[str]:
    """Names of the others who are writing here at this moment."""
    others = and_(_d.conversation_id == conversation_id, _d.updated_at > statement_start(-WRITES_FOR_S))
    named = select(operators.c.name).join_from(drafts, operators, operators.c.id == _d.operator_id)
    named = named.where(others, _d.operator_id != operator_id) if operator_id else named.where(others)
    return (await connection.execute(named.order_by(operators.c.name))).scalars().all()
