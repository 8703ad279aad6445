"""Refit the confidence models: `python -m tools.fit_confidence FOLDER... [--write]`, each FOLDER with a question set.

A question set is `questions.jsonl` beside either `documents.jsonl` or a tree of Markdown files; `FOLDER:OTHER` asks the
questions of the folder OTHER. Every argument counts the same, so a set given twice counts twice. All variants of one
question (languages, typos) and all questions about documents of one title stay on one side of each split.
"""

import argparse
import asyncio
import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from supportbot.answerer.domain.evidence import Evidence, weigh_evidence
from supportbot.answerer.evaluation.measures import auroc, calibration_error, coverage
from tools.asked_sets import FOLDS, Found, ask_all, folds

UNANSWERABLE = 0.3
"""Share of questions that the documents do not answer, as assumed of a help desk; the sets are weighted to it."""
RIDGE = 30.0
"""On inputs brought to one scale; chosen by cross-validation, flat between 10 and 100."""
STEPS = 25
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
TARGET = Path(__file__).parent.parent / "services/answerer/src/supportbot/answerer/domain/confidence_weights.py"
NAMES = [field.name for field in fields(Evidence) if field.name != "other_language"]
AGAINST = np.array([name in {"names_missing", "unknown", "numbers_missing"} for name in NAMES])
"""What a passage lacks never speaks for it, though inputs that go together may look as if it did."""
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """All questions as columns."""

    names: NDArray[np.str_]
    sources: NDArray[np.int64]
    folds: NDArray[np.int64]
    answerable: NDArray[np.bool_]
    correct: NDArray[np.bool_]
    other_language: NDArray[np.bool_]
    inputs: Array

    def weights(self, chosen: NDArray[np.bool_]) -> Array:
        """Every set counts the same, and questions without an answer their assumed share of all; 0 if not chosen."""
        weights = np.zeros(len(self.names))
        for source in set(self.sources[chosen]):
            mine = chosen & (self.sources == source)
            weights[mine] = 1 / mine.sum()
        for answerable, share in ((True, 1 - UNANSWERABLE), (False, UNANSWERABLE)):
            mine = chosen & (self.answerable == answerable)
            if mine.any() and (chosen & ~mine).any():
                weights[mine] *= share / weights[mine].sum()
        weighed: Array = weights * chosen.sum() / weights.sum()
        return weighed


def main() -> None:
    """Print cross-validated measures per set and the constants; write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", help="FOLDER or FOLDER:OTHER")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    arguments = parser.parse_args()
    rows = _rows(asyncio.run(ask_all(arguments.folders)))
    predicted = _cross_validated(rows)
    print("\n".join(_report(rows, predicted)))
    source = _source(rows, predicted)
    print(source)
    if arguments.write:
        TARGET.write_text(source, encoding="utf-8")


def _rows(asked: Sequence[Found]) -> Rows:
    weighed = [
        (one, fold, weigh_evidence(one.query, one.retrieved)) for one, fold in zip(asked, folds(asked), strict=True)
    ]
    kept = [(one, fold, evidence) for one, fold, evidence in weighed if evidence is not None]
    return Rows(
        np.array([one.name for one, _, _ in kept]),
        np.array([one.source for one, _, _ in kept]),
        np.array([fold for _, fold, _ in kept]),
        np.array([one.question.answerable for one, _, _ in kept]),
        np.array([one.retrieved.ranked[0].passage.document in one.question.gold for one, _, _ in kept]),
        np.array([evidence.other_language for _, _, evidence in kept]),
        np.array([[asdict(evidence)[name] for name in NAMES] for _, _, evidence in kept]),
    )


def _cross_validated(rows: Rows) -> Array:
    predicted = np.zeros(len(rows.names))
    for left in range(FOLDS):
        for other in (False, True):
            mine = rows.other_language == other
            model = _fit(rows, mine & (rows.folds != left))
            asked = mine & (rows.folds == left)
            predicted[asked] = _sigmoid(model[0] + rows.inputs[asked] @ model[1:])
    return predicted


def _report(rows: Rows, predicted: Array) -> Iterator[str]:
    yield f"{'':26} AUROC answerable / coverage at 5 % wrong / calibration error / answered at .7 / wrong of those"
    for name in dict.fromkeys(rows.names):
        mine = rows.names == name
        sure, correct = predicted[mine].tolist(), rows.correct[mine].tolist()
        through = [right for p, right in zip(sure, correct, strict=True) if p >= 0.7]  # noqa: PLR2004
        separation = auroc(sure, rows.answerable[mine].tolist())
        yield (
            f"{name:26} {separation or math.nan:.3f} {coverage(sure, correct, 0.05):.3f} "
            f"{calibration_error(sure, correct):.3f} {len(through) / len(sure):.3f} "
            f"{1 - sum(through) / max(1, len(through)):.3f}"
        )


def _fit(rows: Rows, chosen: NDArray[np.bool_]) -> Array:
    """The model without inputs that it would weigh against their meaning; the intercept comes first."""
    used = np.ones(len(NAMES), dtype=bool)
    while True:
        model = _fit_of(rows, chosen, used)
        absurd = AGAINST & (model[1:] > 0)
        if not absurd.any():
            return model
        used &= ~absurd


def _fit_of(rows: Rows, chosen: NDArray[np.bool_], used: NDArray[np.bool_]) -> Array:
    """Logistic regression by Newton's method with a ridge on all but the intercept; what is not used weighs nothing."""
    inputs, correct, weights = rows.inputs[chosen] * used, rows.correct[chosen], rows.weights(chosen)[chosen]
    middle, scale = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
    scaled = np.hstack([np.ones((len(inputs), 1)), (inputs - middle) / scale])
    ridge = np.diag([0.0] + [RIDGE] * len(NAMES))
    model = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        p = _sigmoid(scaled @ model)
        gradient = scaled.T @ (weights * (p - correct)) + ridge @ model
        step = np.linalg.solve((scaled * (weights * p * (1 - p))[:, None]).T @ scaled + ridge, gradient)
        model = model - step
        if np.abs(step).max() < 1e-6:  # noqa: PLR2004
            break
    slopes = model[1:] / scale
    return np.concatenate([[model[0] - slopes @ middle], slopes])


def _right_above(rows: Rows, predicted: Array) -> dict[float, float]:
    """Share of right ones among held-out questions at least so sure, weighted as in fitting."""
    weights = rows.weights(np.ones(len(predicted), dtype=bool))
    reached = {level: predicted >= level for level in LEVELS}
    return {
        level: round(float((weights * rows.correct)[sure].sum() / weights[sure].sum()), 3)
        for level, sure in reached.items()
        if sure.any()
    }


def _source(rows: Rows, predicted: Array) -> str:
    names = ", ".join(sorted(set(rows.names)))
    same, other = _fit(rows, ~rows.other_language), _fit(rows, rows.other_language)
    unseen = np.concatenate([[False], rows.inputs[rows.other_language].std(axis=0) == 0])
    other = np.where(unseen, same, other)  # what no question in the other language has weighs as much as elsewhere
    return f'''"""The constants of the confidence, written by `tools/fit_confidence.py`.

Logistic models with a ridge, fitted to whether the best document was right; every question set counts the same, and
questions without an answer in the documents as {UNANSWERABLE:.0%} of all. The inputs were chosen by {FOLDS}-fold
cross-validation in which all questions about one document, in all variants, are on the same side. The question sets:
{textwrap.fill(names, 118, break_on_hyphens=False)}.
"""

from collections.abc import Mapping
from typing import Final

from supportbot.answerer.domain.logistic import Logistic

SAME_LANGUAGE: Final = {_model(same)}
OTHER_LANGUAGE: Final = {_model(other)}
RIGHT_ABOVE: Final[Mapping[float, float]] = {_right_above(rows, predicted)}
"""Confidence → share of right ones among held-out questions at least so sure, under the same assumption."""
'''


def _model(model: Array) -> str:
    lines = "\n".join(f'        "{name}": {weight:.3f},' for name, weight in zip(NAMES, model[1:], strict=True))
    return f"Logistic(\n    {model[0]:.3f},\n    {{\n{lines}\n    }},\n)"


def _sigmoid(value: Array) -> Array:
    shares: Array = 1 / (1 + np.exp(-np.clip(value, -30, 30)))
    return shares


if __name__ == "__main__":
    main()
