"""Stream `answer`: what the answerer decided."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from supportbot.common.contracts.envelope import Event


class CitationData(BaseModel):
    """A place in a document on which an answer rests."""

    model_config = ConfigDict(frozen=True)

    document: str
    title: str
    quote: str
    headings: tuple[str, ...] = ()
    source: str = ""
    chunk_id: UUID | None = None
    page: int = Field(0, exclude_if=lambda page: page == 0)
    """Where the passage begins, counted from 1; 0, and then not written, where the document has no pages."""


class PassageData(BaseModel):
    """A passage that an operator may want to see beside a question."""

    model_config = ConfigDict(frozen=True)

    document: str
    title: str
    text: str
    headings: tuple[str, ...] = ()
    score: float = 0.0
    audience: str = "public"
    """`operators`: the person who asked must not see it."""


class AnswerProgressed(Event):
    """So much of an answer is written: a draft, worthless in seconds, to be dropped once the answer itself exists."""

    routing_key: ClassVar[str] = "answer.progressed"
    lives_s: ClassVar[float | None] = 5.0
    conversation_id: UUID
    turn_to: int
    token: UUID
    """Of the attempt: a later one starts anew, and what is left of an earlier one is not to be mixed into it."""
    number: int
    """Each draft of an attempt replaces those with lower numbers."""
    text: str


class AnswerReady(Event):
    """A turn was finished with a reply, which stands in `outbound` under `reply_key`."""

    routing_key: ClassVar[str] = "answer.ready"
    conversation_id: UUID
    reply_key: str
    turn_to: int
    channel: str
    text: str
    confidence: float
    citations: tuple[CitationData, ...] = ()


class EscalationRaised(Event):
    """A turn was finished by handing it to a person."""

    routing_key: ClassVar[str] = "answer.escalation_raised"
    conversation_id: UUID
    escalation_id: UUID
    turn_to: int
    question: str
    reason: str
    dead_letter: bool = False
