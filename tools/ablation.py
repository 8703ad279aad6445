"""What each part of answering brings: `python -m tools.ablation FOLDER...`, each with a question set.

Every line is the pipeline without one part; the figures are those of `tools/evaluate.py`.
"""

import argparse
import asyncio
import importlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from supportbot.answerer.domain.related_words import RelatedWords
from supportbot.answerer.domain.sentence_weights import WEIGHTS
from supportbot.answerer.evaluation.run import run
from supportbot.answerer.evaluation.score import Scores, score_files
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.indexer.domain.chunking import chunk_document

_RANKING = "supportbot.answerer.domain.ranking"
_RETRIEVING = "supportbot.answerer.use_cases.retrieve_passages"
_NO_WORDS = RelatedWords({})
PARTS: dict[str, Mapping[tuple[str, str], Any]] = {
    "everything": {},
    "no letter groups in ranking": {(_RANKING, "GRAMS_WEIGHT"): 0.0},
    "no best sentence": {(_RANKING, "SENTENCE_WEIGHT"): 0.0},
    "no title, heading, beginning": {
        (_RANKING, "TITLE_WEIGHT"): 0.0,
        (_RANKING, "LIKENESS_WEIGHT"): 0.0,
        (_RANKING, "BEGINNING_WEIGHT"): 0.0,
    },
    "no other passages of the document": {(_RANKING, "COMPANY_WEIGHT"): 0.0},
    "no coverage": {(_RANKING, "COVERAGE_WEIGHT"): 0.0},
    "no words of the question": {(_RANKING, "ASKED_WEIGHT"): 0.0},
    "no kind of answer": {
        (_RANKING, "KIND_WEIGHT"): 0.0,
        ("supportbot.answerer.domain.sentence_choice", "WEIGHTS"): {**WEIGHTS, "offers": 0.0, "lacks": 0.0},
    },
    "no corrected words": {(_RETRIEVING, "correct"): lambda *_: {}},
    "no related words": {(_RETRIEVING, "related_words"): lambda: _NO_WORDS},
    "all words weigh the same": {("supportbot.answerer.domain.query", "word_weight"): lambda *_: 1.0},
    "sentences by what they say alone": {
        ("supportbot.answerer.domain.sentence_choice", "WEIGHTS"): {name: 8.0 * (name == "score") for name in WEIGHTS}
    },
}


def main() -> None:
    """Print a line per part: hit@1 / hit@10 / answer has the span / its median words, for each folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    folders = parser.parse_args().folders
    print(f"{'':34}", *(folder.name[-24:].ljust(24) for folder in folders))
    for part, changes in PARTS.items():
        with _changed(changes):
            cells = [_cell(asyncio.run(_scores(folder))) for folder in folders]
        print(f"{part:34}", *cells, flush=True)


@contextmanager
def _changed(changes: Mapping[tuple[str, str], Any]) -> Iterator[None]:
    before = {place: getattr(importlib.import_module(place[0]), place[1]) for place in changes}
    for (module, name), value in changes.items():
        setattr(importlib.import_module(module), name, value)
    try:
        yield
    finally:
        for (module, name), value in before.items():
            setattr(importlib.import_module(module), name, value)


async def _scores(folder: Path) -> Scores:
    questions = folder / "questions.jsonl"
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "predictions.jsonl"
        await run(folder / "documents.jsonl", questions, out, chunk=chunk_document, answerer=_answerer)
        return score_files(questions, out)


def _answerer(index: Any) -> AnswerQuestion:
    retrieving = importlib.import_module(_RETRIEVING)
    return AnswerQuestion(index, threshold=0.7, related_words=lambda: retrieving.related_words())  # noqa: PLW0108  # changes


def _cell(scores: Scores) -> str:
    found = "/".join(f"{scores.get(name) or 0:.3f}" for name in ("hit@1", "hit@10", "answer_contains_span"))
    return f"{found}/{scores.get('answer_words_median') or 0:.0f}".ljust(24)


if __name__ == "__main__":
    main()
