"""Run question sets through the answering pipeline and print their scores: `tools/evaluate.py FOLDER... [--keep DIR]`.

A folder holds `documents.jsonl` and `questions.jsonl`.
"""

import argparse
import asyncio
import json
import tempfile
from pathlib import Path

from supportbot.answerer.evaluation.run import run
from supportbot.answerer.evaluation.score import Scores, score_files
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.indexer.domain.chunking import chunk_document

_SHOWN = (
    "hit@1", "hit@5", "hit@10", "auroc_answerable", "coverage_at_5pct_wrong", "ece", "answer_contains_span",
    "answer_words_median", "answered", "answered_wrong", "retrieval_ms_p50", "retrieval_ms_p99", "total_ms_p99",
)  # fmt: skip


def main() -> None:
    """Evaluate each folder and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("--keep", type=Path, help="folder for the predictions")
    arguments = parser.parse_args()
    print(f"{'':22}", *(name[:13].rjust(13) for name in _SHOWN))
    with tempfile.TemporaryDirectory() as temporary:
        kept = arguments.keep or Path(temporary)
        kept.mkdir(parents=True, exist_ok=True)
        for folder in arguments.folders:
            scores = asyncio.run(_evaluate(folder, kept / f"{folder.name}.jsonl", arguments.threshold))
            print(f"{folder.name:22}", *(_cell(scores.get(name)) for name in _SHOWN), flush=True)
            if arguments.keep:
                (kept / f"{folder.name}.scores.json").write_text(json.dumps(scores, indent=1))


async def _evaluate(folder: Path, out: Path, threshold: float) -> Scores:
    await run(
        folder / "documents.jsonl",
        folder / "questions.jsonl",
        out,
        chunk=chunk_document,
        answerer=lambda index: AnswerQuestion(index, threshold=threshold),
    )
    return score_files(folder / "questions.jsonl", out)


def _cell(value: float | None) -> str:
    return ("" if value is None else f"{value:.3f}").rjust(13)


if __name__ == "__main__":
    main()
