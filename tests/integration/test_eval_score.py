"""A question set from documents to scores, and our measures against an independent scorer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from supportbot.answerer.evaluation.run import run
from supportbot.answerer.evaluation.score import score_files
from supportbot.answerer.evaluation.sets import Prediction, read_lines
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.indexer.domain.chunking import chunk_document

REFERENCE = Path(__file__).parents[3] / "shared" / "eval" / "score.py"
DOCUMENTS = [
    {
        "id": "returns",
        "title": "Returns",
        "text": "You can return an item within 30 days of delivery.",
        "language": "en",
    },
    {"id": "lamps", "title": "Lamps", "text": "The warranty on lamps is two years."},
    {"id": "оплата", "title": "Оплата", "text": "Оплатить заказ можно картой или наличными."},
]
QUESTIONS = [
    {"id": "1", "text": "How many days to return an item?", "language": "en", "gold": ["returns"], "answerable": True,
     "spans": ["30 days"]},
    {"id": "2", "text": "Чем можно оплатить заказ?", "language": "ru", "gold": ["оплата"], "answerable": True,
     "spans": ["картой"]},
    {"id": "3", "text": "How long is it?", "history": [{"role": "user", "text": "warranty on lamps"}], "language": "en",
     "gold": ["lamps", "returns"], "answerable": True, "spans": []},
    {"id": "4", "text": "Do you repair bicycles?", "language": "en", "gold": [], "answerable": False, "spans": []},
]  # fmt: skip


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A small set with its predictions."""
    for name, lines in (("documents", DOCUMENTS), ("questions", QUESTIONS)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    await run(
        tmp_path / "documents.jsonl",
        tmp_path / "questions.jsonl",
        tmp_path / "predictions.jsonl",
        chunk=chunk_document,
        answerer=lambda index: AnswerQuestion(index, threshold=0.7),
    )
    return tmp_path


async def test_a_set_is_answered_and_scored(folder: Path) -> None:
    predictions = read_lines(folder / "predictions.jsonl", Prediction)
    assert [one.ranked[:1] for one in predictions[:3]] == [("returns",), ("оплата",), ("lamps",)]
    assert predictions[3].decision == "escalate"
    scores = score_files(folder / "questions.jsonl", folder / "predictions.jsonl")
    assert (scores["hit@1"], scores["missing"], scores["answer_contains_span"]) == (1.0, 0, 1.0)


@pytest.mark.skipif(not REFERENCE.exists(), reason=f"the independent scorer is not beside the project: {REFERENCE}")
def test_our_scores_are_those_of_the_independent_scorer(folder: Path) -> None:
    command = [sys.executable, str(REFERENCE), str(folder), str(folder / "predictions.jsonl"), "--json"]
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    ours = score_files(folder / "questions.jsonl", folder / "predictions.jsonl")
    assert ours == pytest.approx(theirs, nan_ok=True)
