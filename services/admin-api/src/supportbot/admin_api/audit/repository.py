"""Reading the audit log, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.schema.operator_tables import audit_entries
from supportbot.common.database.transactions import Database

_c = audit_entries.c


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    actor: str
    action: str
    subject: str
    details: dict[str, Any]
    address: str


@dataclass(frozen=True, slots=True)
class AuditRepository:
    """Entries by pages. Their ids are in the order in which they were made."""

    database: Database

    async def page(self, after: UUID | None, limit: int) -> Sequence[Entry]:
        """Up to `limit` entries before the one named, newest first."""
        statement = select(_c.id, _c.at, _c.actor_id, _c.actor, _c.action, _c.subject, _c.details, _c.address).order_by(
            _c.id.desc()
        )
        if after is not None:
            statement = statement.where(_c.id < after)

        async def work(connection: AsyncConnection) -> Sequence[Entry]:
            return [Entry(*row) for row in await connection.execute(statement.limit(limit))]

        return await self.database.read(work)
