"""Who took a conversation; stored with the change that it goes with."""

from uuid import UUID

from sqlalchemy import delete, insert

from supportbot.common.database.clock import now
from supportbot.common.database.schema.operator_tables import assignments
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ConversationId


async def assign(tx: Transaction, conversation_id: ConversationId, operator_id: UUID) -> None:
    """Give it to one operator, whoever had it. The conversation's row is held, so nobody else does so meanwhile."""
    await release(tx, conversation_id)
    row = {"conversation_id": conversation_id, "operator_id": operator_id, "taken_at": now()}
    await tx.execute(insert(assignments).values(row))


async def release(tx: Transaction, conversation_id: ConversationId) -> None:
    """Nobody has it any more."""
    await tx.execute(delete(assignments).where(assignments.c.conversation_id == conversation_id))
