"""The audit log: who did what, stored in the transaction that does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from supportbot.common.database.clock import now
from supportbot.common.database.schema.operator_tables import audit_entries
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import uuid7


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something: an operator, a key, or a command on the machine."""

    id: UUID | None
    name: str
    address: str = ""


COMMAND = Actor(None, "supportbot operators")


async def note(
    tx: Transaction, actor: Actor, action: str, subject: object, details: Mapping[str, Any] | None = None
) -> None:
    """Write down what is done. No secret, and nothing that a visitor wrote, belongs into the details."""
    row = {
        "id": uuid7(),
        "at": now(),
        "actor_id": actor.id,
        "actor": actor.name[:80],
        "action": action,
        "subject": str(subject)[:160],
        "details": dict(details or {}),
        "address": actor.address[:64],
    }
    await tx.execute(insert(audit_entries).values(row))
