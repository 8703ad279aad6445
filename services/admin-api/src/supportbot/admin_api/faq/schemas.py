"""What the API says about the FAQ, and takes."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

QUESTION_MOST = 1000
ANSWER_MOST = 20_000


class NewEntry(BaseModel):
    """A reviewed pair: from an escalation that a person answered, or written anew. What is given wins."""

    model_config = ConfigDict(extra="forbid")

    escalation_id: UUID | None = Field(None, description="Takes its question, and the reply that a person gave to it")
    question: str | None = Field(None, min_length=1, max_length=QUESTION_MOST)
    answer: str | None = Field(None, min_length=1, max_length=ANSWER_MOST)
    entry_id: UUID | None = Field(None, description="Adds the question to this entry, as another way of asking")
    distinct: bool = Field(False, description="Makes a new entry although a similar one is there")


class Entry(BaseModel):
    """An answer with all questions that it is the answer to."""

    id: UUID
    questions: list[str] = Field(description="The first is its title")
    answer: str
    language: str
    document: str = Field(description="As which it is searched, see /api/v1/documents")
    serving: bool = Field(description="Whether answers are made from it already")
    reviewed_by: str = Field(description="Name of the key that it came by")
    created_at: datetime
    updated_at: datetime


class Taken(Entry):
    """What became of a pair."""

    outcome: Literal["new", "question_added", "answer_replaced", "known"]


class EntryPage(BaseModel):
    """Some entries, newest first."""

    items: list[Entry]
    next: UUID | None = Field(description="What to give as `after` for the next page; null at the end")


class RegressionQuestion(BaseModel):
    """A question whose right document is known: a line of a question set, as `supportbot eval` reads it."""

    id: UUID
    text: str
    gold: list[str]
    answerable: bool = True


class RegressionSet(BaseModel):
    """Every reviewed question."""

    questions: list[RegressionQuestion]
