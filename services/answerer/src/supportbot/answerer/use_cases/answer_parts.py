"""Answer each of several questions in one message by itself, where every one of them can be answered."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.domain.parts import parts_of
from supportbot.common.knowledge.passages import Passage

_PASSAGES: Final = 5
_DOCUMENTS: Final = 10
T = TypeVar("T")


async def in_parts(question: Question, whole: Answer, ask: Callable[[Question], Awaitable[Answer]]) -> Answer:
    """The answers to the parts of a question as one, or the answer to the `whole` where a part has none.

    The question comes as it was meant, `ask` answers one part. A search for two things at once finds neither
    surely, or only what is said at length.
    """
    if whole.decision == "reply" or whole.reason == "asked_for_person":
        return whole
    parts = parts_of(question.text)
    if len(parts) == 1:
        return whole
    answers = []
    for part in parts:
        answer = await ask(Question(part, language_hint=question.language_hint))
        if answer.decision != "answer":
            return whole
        answers.append(answer)
    return _together(whole, answers)


def _together(whole: Answer, answers: Sequence[Answer]) -> Answer:
    """As sure as the least sure of them; what was searched for is the trace's, part by part."""
    least = min(answers, key=lambda answer: answer.confidence)
    scores = _scores(answers)
    best = sorted(scores, key=lambda one: -scores[one])[:_PASSAGES]
    traces = [answer.trace for answer in answers]
    return replace(
        least,
        language=whole.language,
        text="\n\n".join(_unique(answer.text for answer in answers)),
        citations=tuple(_unique(citation for answer in answers for citation in answer.citations)),
        ranked=tuple(_unique(document for answer in answers for document in answer.ranked))[:_DOCUMENTS],
        passages=tuple(best),
        scores=tuple(scores[one] for one in best),
        trace={
            **least.trace,
            "stages": [stage for trace in (whole.trace, *traces) for stage in trace.get("stages", ())],
            "ms": round(sum(trace.get("ms", 0.0) for trace in (whole.trace, *traces)), 3),
            "parts": len(answers),
        },
    )


def _scores(answers: Sequence[Answer]) -> dict[Passage, float]:
    """Each passage that was found with how well it fits the part that it fits best."""
    scores: dict[Passage, float] = {}
    for answer in answers:
        for passage, score in zip(answer.passages, answer.scores, strict=True):
            scores[passage] = max(score, scores.get(passage, score))
    return scores


def _unique(things: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(things))
