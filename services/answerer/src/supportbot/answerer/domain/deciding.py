"""The decision: which proposals are given as answers, and with what reason the others go to a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from supportbot.answerer.domain.answer import Answer, Decision, Reason
from supportbot.answerer.domain.composing import Composed
from supportbot.answerer.domain.confidence import right_above
from supportbot.answerer.domain.query import Query
from supportbot.answerer.domain.ranking import Ranked


@dataclass(frozen=True, slots=True)
class Proposal:
    """An answer, or nothing where there is none to be had; how sure to be; and why a person should answer instead."""

    composed: Composed | None
    confidence: float
    doubt: Reason
    caveat: bool = False
    quoted: bool = False
    """Whether it is the documents' own words."""


def decide(query: Query, proposal: Proposal, threshold: float) -> Answer:
    """The answer to give, or the escalation that keeps the proposal for whoever takes over."""
    decision, reason = verdict(proposal, threshold)
    return Answer(
        decision=decision,
        reason=reason,
        language=query.language,
        text=proposal.composed.text if proposal.composed else "",
        message_key="" if decision == "answer" else "answer.escalated",
        confidence=proposal.confidence,
        caveat=proposal.caveat and decision == "answer",
        citations=proposal.composed.citations if proposal.composed else (),
    )


def verdict(proposal: Proposal, threshold: float) -> tuple[Decision, Reason]:
    """Whether the proposal is given to the person who asks, and why, or why not."""
    if proposal.composed is None or not proposal.composed.text or not proposal.composed.citations:
        return "escalate", "unsupported_answer" if proposal.doubt == "low_confidence" else proposal.doubt
    return ("answer", "answered") if proposal.confidence >= threshold else ("escalate", proposal.doubt)


def right_of_such(proposal: Proposal, decided: Answer) -> float | None:
    """Of answers at least so sure the share that is right; only of quoted ones it was measured."""
    return right_above(decided.confidence) if proposal.quoted else None


def cited_first(ranked: Sequence[Ranked], proposal: Proposal) -> Sequence[Ranked]:
    """What a model's answer rests on is what was looked for; for the rest the order stands."""
    cited = {citation.chunk_id for citation in proposal.composed.citations} if proposal.composed else set()
    return sorted(ranked, key=lambda one: one.passage.chunk_id not in cited)
