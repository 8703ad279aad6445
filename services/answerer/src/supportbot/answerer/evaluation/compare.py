"""Two configurations on the same questions: what differs, how sure that is, and which questions changed."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

from supportbot.answerer.evaluation.measures import hit
from supportbot.answerer.evaluation.sets import Prediction, SetQuestion

ROUNDS: Final = 2000
_WITHIN: Final = 0.95
Measure = Callable[[SetQuestion, Prediction], float | None]


def _found(depth: int) -> Measure:
    return lambda q, p: hit(q.gold, p.ranked, depth) if q.answerable else None


def _right(question: SetQuestion, prediction: Prediction) -> bool:
    """Answered where there is an answer, from the right document; else handed over."""
    if prediction.decision == "escalate":
        return not question.answerable
    return question.answerable and bool(prediction.ranked) and prediction.ranked[0] in question.gold


def _contains(question: SetQuestion, prediction: Prediction) -> float | None:
    if not question.answerable or not question.spans:
        return None
    said = " ".join(prediction.answer.casefold().split())
    return float(any(" ".join(span.casefold().split()) in said for span in question.spans))


MEASURES: Final[Mapping[str, Measure]] = {
    "hit@1": _found(1),
    "hit@5": _found(5),
    "right_decision": lambda q, p: float(_right(q, p)),
    "answered": lambda _, p: float(p.decision == "answer"),
    "not_answered_wrong": lambda q, p: float(p.decision == "escalate" or _right(q, p)),
    "answer_contains_span": _contains,
    "confidence": lambda _, p: p.confidence,
}
"""Each of one question, so that differences are paired; more is better in all but `answered` and `confidence`."""
NEUTRAL: Final = frozenset({"answered", "confidence"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure before and after, with the interval in which 95 % of resampled differences lie."""

    questions: int
    before: float
    after: float
    low: float
    high: float

    @property
    def is_worse(self) -> bool:
        """Surely, that is: all of the interval is below nothing."""
        return self.high < 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of the questions."""

    measures: Mapping[str, Difference]
    changed: Sequence[Mapping[str, Any]]

    @property
    def worse(self) -> list[str]:
        """Measures that surely became worse."""
        return [name for name, found in self.measures.items() if name not in NEUTRAL and found.is_worse]


def compare(
    questions: Sequence[SetQuestion],
    before: Sequence[Prediction],
    after: Sequence[Prediction],
    *,
    rounds: int = ROUNDS,
    seed: int = 1,
) -> Comparison:
    """Compare predictions; a question without one counts as an escalation. The same seed gives the same intervals."""
    first, second = ({one.id: one for one in predictions} for predictions in (before, after))
    none = {question.id: Prediction(id=question.id) for question in questions}
    rows = [(one, first.get(one.id, none[one.id]), second.get(one.id, none[one.id])) for one in questions]
    chance = random.Random(seed)  # noqa: S311  # resampling, and the same each time
    measures = {}
    for name, measure in MEASURES.items():
        pairs = [(measure(q, old), measure(q, new)) for q, old, new in rows]
        known = [(old, new) for old, new in pairs if old is not None and new is not None]
        if known:
            measures[name] = _difference(known, rounds, chance)
    return Comparison(measures, [change for row in rows if (change := _change(*row))])


def _difference(pairs: Sequence[tuple[float, float]], rounds: int, chance: random.Random) -> Difference:
    """Paired bootstrap, percentile interval (Efron and Tibshirani, 1993, chapter 13)."""
    gains = [new - old for old, new in pairs]
    if not any(gains):
        low = high = 0.0
    else:
        means = sorted(fmean(chance.choices(gains, k=len(gains))) for _ in range(rounds))
        edge = int(rounds * (1 - _WITHIN) / 2)
        low, high = means[edge], means[-1 - edge]
    before, after = fmean(old for old, _ in pairs), fmean(new for _, new in pairs)
    return Difference(len(pairs), before, after, low, high)


def _change(question: SetQuestion, old: Prediction, new: Prediction) -> dict[str, Any] | None:
    """What changed for somebody who asks this; None where nothing did."""
    documents = (old.ranked[:1], new.ranked[:1])
    if old.decision == new.decision and documents[0] == documents[1] and old.answer == new.answer:
        return None
    was, is_now = _right(question, old), _right(question, new)
    return {
        "id": question.id,
        "question": question.text,
        "verdict": "same" if was == is_now else "better" if is_now else "worse",
        "decision": [old.decision, new.decision],
        "document": [next(iter(one), "") for one in documents],
        "confidence": [round(old.confidence, 4), round(new.confidence, 4)],
        "answer": [old.answer, new.answer],
    }
