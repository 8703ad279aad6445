"""`supportbot eval`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from supportbot.common.settings import load_settings

WORSE = 4
evaluation = typer.Typer(help="Measure answers on sets of questions.", no_args_is_help=True)


@evaluation.command()
def run(
    *,
    documents: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="JSON lines: id, title, text.")],
    questions: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="JSON lines: id, text, history, gold.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where predictions are written, as JSON lines.")],
) -> None:
    """Ask every question of a fresh index over the documents, through the code that answers users."""
    from supportbot.answerer.evaluation.sets import write_lines
    from supportbot.standalone.evaluating import predicted
    from supportbot.standalone.settings import StandaloneSettings

    found = asyncio.run(predicted(documents, questions, load_settings(StandaloneSettings)))
    write_lines(out, [one.model_dump(exclude_none=True) for one in found])
    print(f"{len(found)} questions asked, predictions in {out}")


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


@evaluation.command()
def company(
    *,
    questions: Annotated[Path, typer.Option(dir_okay=False, help="Where the reviewed questions are written.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where predictions are written, as JSON lines.")],
) -> None:
    """Ask every reviewed question of the FAQ of one's own documents, as they are now."""
    from supportbot.standalone.evaluating import ask_company
    from supportbot.standalone.settings import StandaloneSettings

    asked = asyncio.run(ask_company(load_settings(StandaloneSettings), questions, out))
    print(f"{asked} reviewed questions asked; questions in {questions}, predictions in {out}")


@evaluation.command()
def regress(
    before: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Predictions, or an env file.")],
    after: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Predictions, or an env file.")],
    *,
    questions: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The set's questions.jsonl.")],
    documents: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="JSON lines; needed to run an env file.")
    ] = None,
    changes: Annotated[Path | None, typer.Option(dir_okay=False, help="Where all changes are written.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare two configurations, given as predictions (.jsonl) or as files of settings that are run now.

    Ends with exit code 4 where a measure surely became worse.
    """
    from supportbot.standalone.cli.comparison import print_comparison
    from supportbot.standalone.evaluating import compared

    found = asyncio.run(compared(before, after, questions=questions, documents=documents, changes=changes))
    print_comparison(found, as_json=as_json)
    if found.worse:
        raise typer.Exit(WORSE)
