"""`supportbot index verify` and `supportbot index rebuild`."""

import asyncio
import json
from typing import Annotated, Any

import typer

DIFFERS = 3
"""Exit code where index and database differ, and nothing was mended."""
_KINDS = {
    "missing": "in the database, and not in the index",
    "orphaned": "in the index, and not in the database",
    "stale": "of another version in the index",
    "damaged": "with passages that the index lacks",
}


def verify(
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what differs: the database is right.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Compare the index with the database. Ends with 0 where they agree or were mended, with 3 where they differ."""
    from supportbot.standalone.joining import load_joined
    from supportbot.standalone.settings import StandaloneSettings
    from supportbot.standalone.upkeep import verify as look

    report = asyncio.run(look(load_joined(StandaloneSettings), repair=repair))
    differs = any(report[kind] for kind in _KINDS)
    if as_json:
        print(json.dumps({**report, "agrees": not differs}, ensure_ascii=False))
    else:
        _show(report, differs=differs)
    if differs and not report["repaired"]:
        raise typer.Exit(DIFFERS)


def rebuild() -> None:
    """Build the index anew from the database, beside the one that is searched, and swap them when it is whole."""
    from supportbot.standalone.joining import load_joined
    from supportbot.standalone.settings import StandaloneSettings

    told = asyncio.run(_rebuild(load_joined(StandaloneSettings)))
    print(f"{told['written']} documents written anew")


async def _rebuild(settings: Any) -> dict[str, Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from supportbot.standalone.upkeep import rebuild as lines

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    told: dict[str, Any] = {"written": 0}
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("Rebuilding", total=None)
        async for line in lines(settings):
            if "done" in line:
                bar.update(task, completed=line["done"], total=line["total"])
            else:
                told = line
    return told


def _show(report: dict[str, Any], *, differs: bool) -> None:
    print(f"{report['documents']} documents, {report['passages']} passages compared")
    if report["busy"]:
        print(f"Left out, as they wait or are being indexed: {report['busy']}")
    for kind, meaning in _KINDS.items():
        for document in report[kind]:
            print(f"{kind:9} {document}: {meaning}")
    if not differs:
        print("Index and database agree.")
    elif report["repaired"]:
        print("Mended: what was too much is gone, the rest is indexed again; `supportbot index status` shows how far.")
    else:
        print("`supportbot index verify --repair` mends that.")
