"""What the API says about dead letters."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

State = Literal["open", "answered", "superseded", "replayed"]


class DeadLetter(BaseModel):
    """A question that nobody could finish; a person was called instead."""

    id: UUID
    conversation_id: UUID
    channel: str
    question: str
    state: State = Field(description="`answered` by a person, `superseded` by an edit, or `replayed`")
    created_at: datetime


class TracedDeadLetter(DeadLetter):
    """With everything that was noted while it was tried."""

    trace: dict[str, Any]


class DeadLetterPage(BaseModel):
    """Some dead letters, newest first."""

    items: list[DeadLetter]
    next: UUID | None = Field(description="What to give as `after` for the next page; null at the end")


class Replayed(BaseModel):
    """A question that is asked again."""

    conversation_id: UUID
    seq: int = Field(description="The number that it has now among the conversation's messages")
