"""What comes in as a question and what goes out as an answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from uuid import UUID

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.languages import Language
from supportbot.common.knowledge.passages import Passage

Role = Literal["user", "assistant"]
Decision = Literal["answer", "escalate", "reply"]
Reason = Literal[
    "answered",
    "low_confidence",
    "nothing_found",
    "empty_knowledge_base",
    "empty_question",
    "asked_for_person",
    "small_talk",
    "unsupported_answer",
    "not_in_documents",
    "model_unavailable",
    "model_timeout",
    "model_output",
    "index_unavailable",
    "attachment",
    "machine_off",
    "unreadable",
    "dead_letter",
]


@dataclass(frozen=True, slots=True)
class HistoryTurn:
    """Something said before in the same conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """All messages of one turn as one text, and what was said before it, oldest first."""

    text: str
    history: tuple[HistoryTurn, ...] = ()
    language_hint: Language | None = None
    """The language that the user's client is set to; used where the text itself does not tell."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a part of the answer stands, word for word."""

    document: DocumentId
    title: str
    quote: str
    chunk_id: ChunkId
    headings: tuple[str, ...] = ()
    source: str = ""
    page: int = 0
    """Where the passage begins, counted from 1; 0 where the document has no pages."""

    @classmethod
    def of(cls, passage: Passage, quote: str) -> Self:
        """A citation of a passage."""
        return cls(
            passage.document, passage.title, quote, passage.chunk_id, passage.headings, passage.source, passage.page
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What to do with a question, and everything that an operator needs to judge or continue."""

    decision: Decision
    reason: Reason
    language: Language
    text: str = ""
    """The answer in the words of the documents. An escalation keeps it as a draft for the operator: never show it."""
    message_key: str = ""
    """Key of the text catalogue for what to say where it is no answer from a document."""
    caveat: bool = False
    """Whether the answer says only a part of what was asked. Never set where a person is to answer."""
    confidence: float = 0.0
    """Probability that the best document answers the question."""
    citations: tuple[Citation, ...] = ()
    ranked: tuple[DocumentId, ...] = ()
    """Up to ten documents, best first."""
    passages: tuple[Passage, ...] = ()
    """The best passages, for the operator; also where the decision is to escalate."""
    scores: tuple[float, ...] = ()
    """How well each of the passages fits the question: near 1 is as well as any could."""
    trace: Mapping[str, Any] = field(default_factory=dict)
    """What each stage saw, decided and took in milliseconds; JSON only."""


def json_ready(value: Any) -> Any:
    """A value of the trace as JSON can hold it."""
    if isinstance(value, float):  # what there is most of comes first: a question's trace has a hundred values
        return round(value, 4)
    if isinstance(value, str | int):
        return value
    if isinstance(value, tuple | list | set | frozenset):
        return [json_ready(inner) for inner in value]
    if isinstance(value, Mapping):
        return {str(key): json_ready(inner) for key, inner in value.items()}
    return str(value) if isinstance(value, UUID) else value
