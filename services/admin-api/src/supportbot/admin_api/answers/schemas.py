"""What the API says about answers."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

Decision = Literal["answer", "escalate", "reply"]


class AnswerLine(BaseModel):
    """What was decided about a question."""

    id: UUID
    conversation_id: UUID
    turn_to: int = Field(description="The newest message of the question")
    question: str
    decision: Decision
    reason: str
    confidence: float
    right_of_such: float | None = Field(
        description="Of answers at least this sure the share that is right; null where that was not measured"
    )
    text: str = Field(description="The answer; of an escalation a draft that the person who asked never saw")
    language: str
    vote: int | None = Field(description="1 or -1, by the person who asked")
    vote_reason: str | None = Field(description="Why it did not help: wrong, other_question, unclear or else")
    created_at: datetime


class AnswerPage(BaseModel):
    """Some answers, newest first."""

    items: list[AnswerLine]
    next: UUID | None = Field(description="What to give as `after` for the next page; null at the end")


class TracedAnswer(AnswerLine):
    """With everything that was noted while it was made."""

    citations: list[dict[str, Any]]
    passages: list[dict[str, Any]]
    trace: dict[str, Any] = Field(
        description="`stages`: what each saw, decided and took in milliseconds; `model`: every request with its "
        "prompt's version, tokens and cost"
    )


class Unanswered(BaseModel):
    """Questions about one thing that no document answered."""

    size: int
    terms: list[str] = Field(description="The words that they share, the most telling first")
    example: str = Field(description="The question nearest to all others")
    questions: list[str] = Field(description="The newest ones, without repeats")
    answers: list[UUID] = Field(description="Ids of the newest, as under /api/v1/answers")
    newest: datetime


class UnansweredPage(BaseModel):
    """All that was not answered since some day, gathered."""

    since: datetime
    questions: int = Field(description="How many were looked at")
    items: list[Unanswered] = Field(description="The largest first")
