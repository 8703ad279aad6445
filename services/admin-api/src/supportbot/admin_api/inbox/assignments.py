"""Who has a conversation; stored with the change that it goes with."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import and_, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.access.roles import GRANTS, ROLES, allows
from supportbot.admin_api.inbox.schemas import Colleague
from supportbot.common.database.clock import now
from supportbot.common.database.schema.operator_tables import assignments, operators
from supportbot.common.database.transactions import Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import ConversationId

COLLEAGUES_MOST: Final = 200
_ANSWERING: Final = tuple(role for role in ROLES if allows(GRANTS[role], "inbox", "write"))
_o = operators.c
_may_answer: Final = and_(_o.disabled_at.is_(None), _o.role.in_(_ANSWERING))


class NoColleagueError(SupportbotError):
    """There is no such operator, or they may not answer."""


async def colleagues(connection: AsyncConnection, also: UUID | None = None) -> Sequence[Colleague]:
    """Everybody who may be given a conversation, by name; `also` whoever has it, whatever they may do now."""
    found = select(_o.id, _o.name).where(or_(_may_answer, _o.id == also))
    ordered = found.order_by(_o.name, _o.id).limit(COLLEAGUES_MOST)
    return tuple(Colleague(row.id, row.name) for row in await connection.execute(ordered))


async def colleague(connection: AsyncConnection, operator_id: UUID) -> Colleague:
    """One of them. Raises NoColleagueError."""
    found = select(_o.id, _o.name).where(_may_answer, _o.id == operator_id)
    row = (await connection.execute(found)).one_or_none()
    if row is None:
        raise NoColleagueError(f"There is no operator {operator_id} who may answer")
    return Colleague(row.id, row.name)


async def assign(tx: Transaction, conversation_id: ConversationId, operator_id: UUID) -> None:
    """Give it to one operator, whoever had it. The conversation's row is held, so nobody else does so meanwhile."""
    await release(tx, conversation_id)
    row = {"conversation_id": conversation_id, "operator_id": operator_id, "taken_at": now()}
    await tx.execute(insert(assignments).values(row))


async def release(tx: Transaction, conversation_id: ConversationId) -> None:
    """Nobody has it any more."""
    await tx.execute(delete(assignments).where(assignments.c.conversation_id == conversation_id))
