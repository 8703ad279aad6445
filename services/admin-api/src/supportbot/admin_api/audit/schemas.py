"""The audit log as programs read it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class AuditEntry(BaseModel):
    """One thing that was done."""

    id: UUID
    at: datetime
    actor_id: UUID | None = Field(description="Of an operator or a key; null for a command on the machine")
    actor: str
    action: str
    subject: str
    details: dict[str, Any]
    address: str


class AuditPage(BaseModel):
    """Entries, newest first."""

    entries: list[AuditEntry]
    next: UUID | None = Field(description="Send it as `after` for the page that follows")
