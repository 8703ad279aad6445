"""Refit how sentences are chosen: `python -m tools.fit_sentences FOLDER... [--write]`, folders as in fit_confidence.

Of each question whose best document is right, the sentences that have one of the set's `spans` are the right ones. A
conditional logit (McFadden, 1974) with a ridge; every set counts the same. Questions of one topic are on one side of
each split.
"""

import argparse
import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from supportbot.answerer.domain.extraction import candidates, near_best
from supportbot.answerer.domain.sentence_choice import Clues, clues
from tools.asked_sets import FOLDS, Found, ask_all, folds

RIDGE = 2.0
STEPS = 30
TARGET = Path(__file__).parent.parent / "services/answerer/src/supportbot/answerer/domain/sentence_weights.py"
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """The sentences of one question: their clues, a row each, and which of them are right."""

    name: str
    fold: int
    inputs: Array
    right: Array


def main() -> None:
    """Print cross-validated measures per set and the constants; write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", help="FOLDER or FOLDER:OTHER")
    parser.add_argument("--write", action="store_true", help="write sentence_weights.py")
    arguments = parser.parse_args()
    asked = asyncio.run(ask_all(arguments.folders))
    choices = [choice for one, fold in zip(asked, folds(asked), strict=True) if (choice := _choice(one, fold))]
    print("\n".join(_report(choices)))
    source = _source(_fit(choices), sorted({choice.name for choice in choices}))
    print(source)
    if arguments.write:
        TARGET.write_text(source, encoding="utf-8")


def _choice(one: Found, fold: int) -> Choice | None:
    question, retrieved = one.question, one.retrieved
    ranked = near_best(retrieved.ranked)
    if not ranked or ranked[0].passage.document not in question.gold or not question.spans:
        return None
    inputs, right = [], []
    for place, number in candidates(ranked):
        passage = ranked[place].passage
        sentence = ranked[place].match.sentences[number].sentence  # type: ignore[union-attr]  # candidates were read
        inputs.append([*asdict(clues(ranked, place, number)).values()])
        text = _folded(passage.text[sentence.start : sentence.end])
        right.append(float(passage.document in question.gold and any(_folded(s) in text for s in question.spans)))
    if not any(right) or all(right):
        return None
    return Choice(one.name, fold, np.array(inputs), np.array(right))


def _folded(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())


def _fit(choices: Sequence[Choice]) -> Array:
    """By Newton's method: the likelihood that one of the right sentences is chosen."""
    sizes = {name: sum(choice.name == name for choice in choices) for name in {choice.name for choice in choices}}
    model = np.zeros(choices[0].inputs.shape[1])
    for _ in range(STEPS):
        gradient, curve = RIDGE * model, RIDGE * np.eye(len(model))
        for choice in choices:
            weight = len(choices) / len(sizes) / sizes[choice.name]
            p = _probabilities(model, choice)
            right = p * choice.right / max(1e-12, float(p @ choice.right))
            gradient = gradient + weight * (p - right) @ choice.inputs
            around = choice.inputs - p @ choice.inputs
            curve = curve + weight * (around * p[:, None]).T @ around
        step = np.linalg.solve(curve, gradient)
        model = model - step * min(1.0, 2.0 / float(np.abs(step).max()))
    return model


def _probabilities(model: Array, choice: Choice) -> Array:
    value = choice.inputs @ model
    odds = np.exp(value - value.max())
    shares: Array = odds / odds.sum()
    return shares


def _report(choices: Sequence[Choice]) -> Iterator[str]:
    yield f"{'':20} right one first / among those taken until 0.9 / sentences taken, on the topics left out"
    models = [_fit([choice for choice in choices if choice.fold != left]) for left in range(FOLDS)]
    for name in dict.fromkeys(choice.name for choice in choices):
        mine = [choice for choice in choices if choice.name == name]
        first = [choice.right[_probabilities(models[choice.fold], choice).argmax()] for choice in mine]
        taken = [_taken(_probabilities(models[choice.fold], choice)) for choice in mine]
        has = [choice.right[places].max() for choice, places in zip(mine, taken, strict=True)]
        yield f"{name:20} {np.mean(first):.3f} {np.mean(has):.3f} {np.mean([len(places) for places in taken]):.2f}"


def _taken(probabilities: Array) -> NDArray[np.int64]:
    order = np.argsort(-probabilities)
    before = np.cumsum(probabilities[order]) - probabilities[order]
    return order[before < 0.9]  # noqa: PLR2004


def _source(model: Array, names: Sequence[str]) -> str:
    weights = dict(zip([field.name for field in fields(Clues)], (round(float(b), 2) for b in model), strict=True))
    return f'''"""The constants of the choice of sentences, written by `tools/fit_sentences.py`.

A conditional logit with a ridge, fitted to which sentences of the right document have the answer; every question set
counts the same. The question sets: {", ".join(names)}.
"""

from collections.abc import Mapping
from typing import Final

WEIGHTS: Final[Mapping[str, float]] = {json.dumps(weights, indent=4).replace(chr(10) + "}", "," + chr(10) + "}")}
'''


if __name__ == "__main__":
    main()
