"""How an answer becomes what is stored and what is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from supportbot.answerer.domain.answer import Answer, Citation, Reason, json_ready
from supportbot.common.contracts import CitationData, PassageData
from supportbot.common.database.turns import Outcome
from supportbot.common.i18n import spoken_language, translate
from supportbot.common.knowledge.languages import Language

_SHOWN_PASSAGES = 3
HINTED_FROM = 0.3
"""From this confidence on an answer that is not sure enough to be given is hinted at: where it stands is named.

On seven help centres with 740 questions, each left out of the fit, that is done for 36 % of what the documents answer
and is handed over, and the place is the right one for 56 % of whom it is shown to; from 0.2 on it were 46 %.
"""
_HINTS = 2
_HINTED: frozenset[Reason] = frozenset({"low_confidence", "model_unavailable"})
"""Where nobody has judged that the documents do not say it."""
_ESCALATED_BECAUSE: Mapping[Reason, str] = {
    "asked_for_person": "answer.escalated_on_request",
    "attachment": "answer.escalated_attachment",
    "machine_off": "answer.escalated_off",
    "model_unavailable": "answer.escalated_trouble",
    "model_timeout": "answer.escalated_trouble",
    "model_output": "answer.escalated_trouble",
    "index_unavailable": "answer.escalated_trouble",
    "dead_letter": "answer.escalated_trouble",
}


def outcome_of(question: str, answer: Answer, language: str) -> Outcome:
    """The outcome of a turn that was answered; `language` is the person's, for notes that are not an answer."""
    language = spoken_language(answer.language, language)
    return Outcome(
        question=question,
        decision=answer.decision,
        reason=answer.reason,
        text=answer.text,
        shown=_shown(answer, language),
        confidence=answer.confidence,
        language=language,
        citations=_cited(answer.citations) if answer.decision == "answer" else (),
        hints=_cited(_hints(answer)),
        passages=_passages(answer),
        trace=dict(answer.trace),
        caveat=answer.caveat and answer.decision == "answer",
        shown_again=translate("answer.escalated_again", language),
    )


def _cited(citations: Iterable[Citation]) -> tuple[CitationData, ...]:
    return tuple(
        CitationData(
            document=citation.document,
            title=citation.title,
            quote=citation.quote,
            headings=tuple(citation.headings),
            source=citation.source,
            chunk_id=citation.chunk_id,
            page=citation.page,
        )
        for citation in citations
    )


def _hints(answer: Answer) -> list[Citation]:
    """The first places on which an answer that is not given would rest."""
    if answer.decision != "escalate" or answer.reason not in _HINTED or answer.confidence < HINTED_FROM:
        return []
    places: dict[object, Citation] = {}
    for one in answer.citations:
        places.setdefault((one.document, tuple(one.headings), one.page), one)
    return list(places.values())[:_HINTS]


def tried(question: str, answer: Answer, threshold: float) -> dict[str, Any]:
    """An answer as whoever tried the question sees it: JSON, with all that would have been decided and why."""
    outcome = outcome_of(question, answer, answer.language)
    told = {
        "decision": outcome.decision,
        "reason": outcome.reason,
        "text": answer.text,
        "shown": outcome.shown,
        "caveat": answer.caveat,
        "confidence": round(outcome.confidence, 4),
        "threshold": threshold,
        "language": outcome.language,
        "citations": [citation.model_dump(mode="json") for citation in outcome.citations],
        "passages": [passage.model_dump(mode="json") for passage in outcome.passages],
        "trace": {name: value for name, value in outcome.trace.items() if name != "sense"},
    }
    ready: dict[str, Any] = json_ready(told)
    return ready


def noted(question: str, key: str, reason: Reason, language: str) -> Outcome:
    """The outcome of a turn that only needs a friendly word."""
    return Outcome(
        question=question,
        decision="reply",
        reason=reason,
        text="",
        shown=translate(key, language),
        confidence=1.0,
        language=spoken_language(language),
    )


def handed_over(question: str, reason: Reason, language: str) -> Outcome:
    """The outcome of a turn that goes to a person without having been looked at."""
    return Outcome(
        question=question,
        decision="escalate",
        reason=reason,
        text="",
        shown=translate(_ESCALATED_BECAUSE.get(reason, "answer.escalated"), language),
        confidence=0.0,
        language=spoken_language(language),
        shown_again=translate("answer.escalated_again", language),
    )


def dead_letter(question: str, cause: str, attempts: int, language: str) -> Outcome:
    """The outcome of a turn that nobody could finish: a person gets it, with the cause."""
    given_up = handed_over(question, "dead_letter", language)
    return replace(given_up, trace={"cause": cause, "attempts": attempts}, dead_letter=True)


def known_language(language: str) -> Language | None:
    """A channel's language as a hint, where it is one that we know."""
    return language if language in ("ru", "en") else None  # type: ignore[return-value]  # just compared


def _passages(answer: Answer) -> tuple[PassageData, ...]:
    scores = answer.scores or (0.0,) * len(answer.passages)
    return tuple(
        PassageData(
            document=passage.document,
            title=passage.title,
            text=passage.text,
            headings=tuple(passage.headings),
            score=score,
            audience=passage.audience,
        )
        for passage, score in zip(answer.passages[:_SHOWN_PASSAGES], scores, strict=False)
    )


def _shown(answer: Answer, language: str) -> str:
    if answer.decision == "answer":
        return answer.text
    if answer.decision == "escalate":
        return translate(_ESCALATED_BECAUSE.get(answer.reason, "answer.escalated"), language)
    return translate(answer.message_key or "answer.empty", language)
