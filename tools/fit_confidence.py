"""Refit the confidence model: `tools/fit_confidence.py FOLDER... [--write]`, each FOLDER with a question set.

A question set is `questions.jsonl` beside either `documents.jsonl` or a tree of Markdown files; `FOLDER:OTHER` asks the
questions of the folder OTHER. Every argument counts the same, so a set given twice counts twice. All variants of one
question (languages, typos) are told by the part of its id after the first dash, questions about a Markdown file by its
name; they stay on one side of each split.
"""

import argparse
import asyncio
import json
import math
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from supportbot.answerer.domain.evidence import Evidence, weigh_evidence
from supportbot.answerer.evaluation.measures import auroc, calibration_error, coverage
from tools.asked_sets import FOLDS, fold, found, places

UNANSWERABLE = 0.3
"""Share of questions that the documents do not answer, as assumed of a help desk; the sets are weighted to it."""
RIDGE = 1.0
STEPS = 25
TARGET = Path(__file__).parent.parent / "services/answerer/src/supportbot/answerer/domain/calibration.py"
Vector = list[float]


@dataclass(frozen=True)
class Row:
    """A question as the model sees it."""

    source: int
    """Which of the arguments it came with."""
    name: str
    fold: int
    answerable: bool
    correct: bool
    inputs: Vector


def main() -> None:
    """Print cross-validated measures per set and the constants; write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", help="FOLDER or FOLDER:OTHER")
    parser.add_argument("--write", action="store_true", help="write calibration.py")
    arguments = parser.parse_args()
    rows = [row for place, folder in enumerate(arguments.folders) for row in asyncio.run(_rows(place, *places(folder)))]
    report = list(_report(rows, _cross_validated(rows)))
    print("\n".join(report))
    source = _source(_fit(rows, _row_weights(rows)), sorted({row.name for row in rows}))
    print(source)
    if arguments.write:
        TARGET.write_text(source, encoding="utf-8")


async def _rows(source: int, folder: Path, asked: Path) -> list[Row]:
    rows = []
    for question, query, retrieved in await found(folder, asked):
        evidence = weigh_evidence(query, retrieved)
        if evidence is not None:
            correct = retrieved.ranked[0].passage.document in question.gold
            inputs = [1.0, *asdict(evidence).values()]
            rows.append(Row(source, asked.name, fold(question), question.answerable, correct, inputs))
    return rows


def _row_weights(rows: Sequence[Row]) -> Vector:
    """Every set counts the same, and questions without an answer their assumed share of all."""
    sizes = Counter(row.source for row in rows)
    weights = [len(rows) / len(sizes) / sizes[row.source] for row in rows]
    missing = sum(weight for weight, row in zip(weights, rows, strict=True) if not row.answerable)
    given = len(rows) - missing
    each = {True: (1 - UNANSWERABLE) * len(rows) / (given or 1), False: UNANSWERABLE * len(rows) / (missing or 1)}
    return [weight * each[row.answerable] for weight, row in zip(weights, rows, strict=True)]


def _cross_validated(rows: Sequence[Row]) -> Vector:
    predicted = [0.0] * len(rows)
    for side in range(FOLDS):
        training = [row for row in rows if row.fold != side]
        model = _fit(training, _row_weights(training))
        for place, row in enumerate(rows):
            if row.fold == side:
                predicted[place] = _sigmoid(_dot(model, row.inputs))
    return predicted


def _report(rows: Sequence[Row], predicted: Vector) -> Iterator[str]:
    yield f"{'':26} AUROC answerable / coverage at 5 % wrong / calibration error / answered at .7 / wrong of those"
    for name in dict.fromkeys(row.name for row in rows):
        places = [place for place, row in enumerate(rows) if row.name == name]
        sure, correct = [predicted[place] for place in places], [rows[place].correct for place in places]
        through = [right for p, right in zip(sure, correct, strict=True) if p >= 0.7]  # noqa: PLR2004
        separation = auroc(sure, [rows[place].answerable for place in places])
        yield (
            f"{name:26} {separation or math.nan:.3f} {coverage(sure, correct, 0.05):.3f} "
            f"{calibration_error(sure, correct):.3f} {len(through) / len(sure):.3f} "
            f"{1 - sum(through) / max(1, len(through)):.3f}"
        )


def _fit(rows: Sequence[Row], weights: Vector) -> Vector:
    """Logistic regression by Newton's method with a ridge on all but the intercept."""
    size = len(rows[0].inputs)
    model = [0.0] * size
    for _ in range(STEPS):
        gradient = [RIDGE * b * (place > 0) for place, b in enumerate(model)]
        curve = [[RIDGE * (i == j > 0) for j in range(size)] for i in range(size)]
        for row, weight in zip(rows, weights, strict=True):
            p = _sigmoid(_dot(model, row.inputs))
            for i, x in enumerate(row.inputs):
                gradient[i] += weight * (p - row.correct) * x
                for j in range(i + 1):
                    curve[i][j] += weight * p * (1 - p) * x * row.inputs[j]
        for i in range(size):
            for j in range(i):
                curve[j][i] = curve[i][j]
        step = _solve(curve, gradient)
        model = [b - s for b, s in zip(model, step, strict=True)]
        if max(map(abs, step)) < 1e-6:  # noqa: PLR2004
            break
    return model


def _solve(matrix: list[Vector], right: Vector) -> Vector:
    """Gaussian elimination; the matrix is positive definite."""
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for i, pivot in enumerate(rows):
        for line in rows[i + 1 :]:
            factor = line[i] / pivot[i]
            line[i:] = [a - factor * b for a, b in zip(line[i:], pivot[i:], strict=True)]
    solution = [0.0] * len(rows)
    for i in reversed(range(len(rows))):
        known = sum(rows[i][j] * solution[j] for j in range(i + 1, len(rows)))
        solution[i] = (rows[i][-1] - known) / rows[i][i]
    return solution


def _source(model: Vector, names: Sequence[str]) -> str:
    weights = dict(zip([field.name for field in fields(Evidence)], (round(b, 3) for b in model[1:]), strict=True))
    return f'''"""The constants of the confidence, written by `tools/fit_confidence.py`.

A logistic model with a ridge, fitted to whether the best document was right; every question set counts the same, and
questions without an answer in the documents as {UNANSWERABLE:.0%} of all. The inputs were chosen by {FOLDS}-fold
cross-validation in which all variants of a question are on the same side. The question sets:
{textwrap.fill(", ".join(names), 118, break_on_hyphens=False)}.
"""

from collections.abc import Mapping
from typing import Final

INTERCEPT: Final = {model[0]:.3f}
WEIGHTS: Final[Mapping[str, float]] = {json.dumps(weights, indent=4).replace(chr(10) + "}", "," + chr(10) + "}")}
'''


def _dot(left: Vector, right: Vector) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


if __name__ == "__main__":
    main()
