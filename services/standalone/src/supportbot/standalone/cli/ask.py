"""`supportbot ask`."""

import asyncio
import json
import sys
from typing import Annotated, Any

import typer

ESCALATED = 3


def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes; - reads it from standard input.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Answer one question from the documents. Ends with exit code 3 where a person would have to answer."""
    from supportbot.standalone.asking import ask_once
    from supportbot.standalone.joining import load_joined
    from supportbot.standalone.settings import StandaloneSettings

    text = sys.stdin.read() if question == "-" else question
    shape = asyncio.run(ask_once(load_joined(StandaloneSettings), text))
    if as_json:
        print(json.dumps(shape, ensure_ascii=False))
    else:
        _print_for_people(shape)
    if shape["decision"] == "escalate":
        raise typer.Exit(ESCALATED)


def _print_for_people(shape: dict[str, Any]) -> None:
    if shape["decision"] == "escalate":
        print(f"A person would have to answer this ({shape['reason'].replace('_', ' ')}).")
        return
    print(shape["answer"])
    if shape["citations"]:
        print(f"\nSources (confidence {shape['confidence']:.0%}):")
        seen = dict.fromkeys((one["document"], one["title"], one.get("page")) for one in shape["citations"])
        for number, (document, title, page) in enumerate(seen, start=1):
            print(f"  {number}. {title} ({document}{f', p. {page}' if page else ''})")
