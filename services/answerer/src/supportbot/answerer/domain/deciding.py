"""The decision: which drafts are given as answers, and with what reason the others go to a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from supportbot.answerer.domain.answer import Answer, Decision, Reason
from supportbot.answerer.domain.composing import Composed
from supportbot.answerer.domain.confidence import right_above
from supportbot.answerer.domain.query import Query
from supportbot.answerer.domain.ranking import Ranked


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer, or nothing where there is none to be had; how sure to be; and why a person should answer instead."""

    composed: Composed | None
    confidence: float
    doubt: Reason
    caveat: bool = False
    quoted: bool = False
    """Whether it is the documents' own words."""


def decide(query: Query, draft: Draft, threshold: float) -> Answer:
    """The answer to give, or the escalation that keeps the draft for whoever takes over."""
    decision, reason = verdict(draft, threshold)
    return Answer(
        decision=decision,
        reason=reason,
        language=query.language,
        text=draft.composed.text if draft.composed else "",
        message_key="" if decision == "answer" else "answer.escalated",
        confidence=draft.confidence,
        caveat=draft.caveat and decision == "answer",
        citations=draft.composed.citations if draft.composed else (),
    )


def verdict(draft: Draft, threshold: float) -> tuple[Decision, Reason]:
    """Whether the draft is given to the person who asks, and why, or why not."""
    if draft.composed is None or not draft.composed.text or not draft.composed.citations:
        return "escalate", "unsupported_answer" if draft.doubt == "low_confidence" else draft.doubt
    return ("answer", "answered") if draft.confidence >= threshold else ("escalate", draft.doubt)


def right_of_such(draft: Draft, decided: Answer) -> float | None:
    """Of answers at least so sure the share that is right; only of quoted ones it was measured."""
    return right_above(decided.confidence) if draft.quoted else None


def cited_first(ranked: Sequence[Ranked], draft: Draft) -> Sequence[Ranked]:
    """What a model's answer rests on is what was looked for; for the rest the order stands."""
    cited = {citation.chunk_id for citation in draft.composed.citations} if draft.composed else set()
    return sorted(ranked, key=lambda one: one.passage.chunk_id not in cited)
