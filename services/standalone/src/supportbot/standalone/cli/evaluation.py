"""`supportbot eval`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from supportbot.common.settings import load_settings

evaluation = typer.Typer(help="Measure answers on sets of questions.", no_args_is_help=True)


@evaluation.command()
def run(
    *,
    documents: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="JSON lines: id, title, text.")],
    questions: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="JSON lines: id, text, history, gold.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where predictions are written, as JSON lines.")],
) -> None:
    """Ask every question of a fresh index over the documents, through the code that answers users."""
    from supportbot.answerer.app import answer_question
    from supportbot.answerer.evaluation.run import run as run_set
    from supportbot.indexer.domain.chunking import chunk_document
    from supportbot.standalone.settings import StandaloneSettings

    settings = load_settings(StandaloneSettings)
    asked = asyncio.run(
        run_set(
            documents, questions, out, chunk=chunk_document, answerer=lambda index: answer_question(index, settings)
        )
    )
    print(f"{asked} questions asked, predictions in {out}")


@evaluation.command()
def score(
    *,
    questions: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The set's questions.jsonl.")],
    predictions: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="What `eval run` wrote.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Score predictions: ranking, confidence, answers."""
    from supportbot.answerer.evaluation.score import score_files

    scores = score_files(questions, predictions)
    if as_json:
        print(json.dumps(scores))
        return
    for name, value in scores.items():
        print(f"{name:26} {value:.4f}" if isinstance(value, float) else f"{name:26} {value}")
