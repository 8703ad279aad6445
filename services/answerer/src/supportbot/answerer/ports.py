"""What the use cases ask of the outside, beside the knowledge index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from supportbot.answerer.domain.answer import Citation, Question, Reason
from supportbot.answerer.domain.query import Query
from supportbot.answerer.domain.ranking import Ranked
from supportbot.common.knowledge.senses import Sense, SenseSpace


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model made of the passages, its citations already checked against them."""

    text: str
    citations: tuple[Citation, ...]
    supported: bool
    """False where a sentence is not borne out by the passages, or the model says that they do not answer."""
    complete: bool = True
    """False where the passages answer only a part of the question: then the answer carries a caveat."""
    confidence: float | None = None
    """How sure to be, the search's confidence included; None where that stands alone."""
    doubt: Reason = "low_confidence"
    """Why a person should answer, if it comes to that."""


class AnswerModel(Protocol):
    """A language model behind the pipeline; each call may raise ModelUnavailableError."""

    @property
    def spent(self) -> Sequence[Mapping[str, Any]]:
        """What was asked, of which model, and what it cost; JSON only, for the trace."""
        ...

    def reachable(self, confidence: float) -> float:
        """How sure the best of answers could be where the search is so sure. Asks nothing."""
        ...

    async def rewrite(self, question: Question) -> Question:
        """A follow-up as a question that can be understood alone; the same question where it already can."""
        ...

    async def sense(self, text: str, space: SenseSpace) -> Sense | None:
        """What a text means, in this space; None where that cannot be had now. Raises nothing."""
        ...

    async def rerank(self, query: Query, ranked: Sequence[Ranked]) -> Sequence[Ranked]:
        """The same passages, best first."""
        ...

    async def answer(self, question: Question, ranked: Sequence[Ranked], confidence: float) -> ModelAnswer:
        """An answer from these passages and nothing else; `confidence` is the search's own."""
        ...
