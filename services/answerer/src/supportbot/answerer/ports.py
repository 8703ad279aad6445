"""What the use cases ask of the outside, beside the knowledge index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from supportbot.answerer.domain.answer import Citation, Question
from supportbot.answerer.domain.query import Query
from supportbot.answerer.domain.ranking import Ranked
from supportbot.common.errors import SupportbotError


class ModelUnavailableError(SupportbotError):
    """The model cannot be asked now, or is over its budget; the documents' own words must do."""


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model made of the passages, its citations already checked against them."""

    text: str
    citations: tuple[Citation, ...]
    supported: bool
    """False where a sentence is not borne out by the passages, or the model says that they do not answer."""
    confidence: float | None = None
    """The model's part of the confidence, where it has one; else the evidence of the search stands alone."""


class AnswerModel(Protocol):
    """A language model behind the pipeline; each call may raise ModelUnavailableError."""

    async def rewrite(self, question: Question) -> Question:
        """A follow-up as a question that can be understood alone; the same question where it already can."""
        ...

    async def rerank(self, query: Query, ranked: Sequence[Ranked]) -> Sequence[Ranked]:
        """The same passages, best first."""
        ...

    async def answer(self, question: Question, ranked: Sequence[Ranked]) -> ModelAnswer:
        """An answer from these passages and nothing else."""
        ...
