"""What truly happened, noted in the same transaction as the thing itself, so that a crash cannot make it lie.

The notes lie in the table `quarantine`, which nothing else uses here.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.schema.tables import quarantine
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.updates import quarantine_update
from supportbot.common.ids import ConversationId

Kind = Literal["received", "dealt with", "deleted"]


@dataclass(frozen=True, slots=True)
class Note:
    """`received`: update `update_id` became message `seq`. `dealt with`: a person saw to everything up to `seq`."""

    kind: Kind
    conversation_id: UUID
    seq: int
    update_id: str


async def note(
    tx: Transaction, kind: Kind, conversation_id: ConversationId, *, seq: int = 0, update_id: str = ""
) -> None:
    await quarantine_update(tx, bot=kind, update_id=update_id, reason=str(conversation_id), body=str(seq))


async def notes(connection: AsyncConnection) -> list[Note]:
    c = quarantine.c
    rows = await connection.execute(select(c.bot, c.update_id, c.reason, c.body).order_by(c.id))
    return [Note(row.bot, UUID(row.reason), int(row.body), row.update_id or "") for row in rows]
