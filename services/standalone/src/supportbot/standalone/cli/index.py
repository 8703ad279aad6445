"""`supportbot index`: adding documents, and looking after what is indexed."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from supportbot.standalone.cli.index_status import retry, status
from supportbot.standalone.cli.index_upkeep import rebuild, verify
from supportbot.standalone.cli.index_versions import rollback, versions
from supportbot.standalone.cli.paths_or_command import PathsOrCommand

index = typer.Typer(
    cls=PathsOrCommand,
    help="Add documents: `supportbot index PATH…`; or look after those that are there.",
    no_args_is_help=True,
)
index.command()(status)
index.command()(retry)
index.command()(versions)
index.command()(rollback)
index.command()(verify)
index.command()(rebuild)


@index.command()
def add(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, addresses of web pages and sitemaps.")],
) -> None:
    """Add documents: they are copied into the documents folder, indexed, and answered from at once."""
    from supportbot.standalone.joining import load_joined
    from supportbot.standalone.settings import StandaloneSettings

    settings = load_joined(StandaloneSettings)
    files, unfetched = asyncio.run(_fetched(settings, paths))
    told = asyncio.run(_show(settings, files)) if files else {}
    given: list[dict[str, Any]] = told.get("given", [])
    failed = [one for one in given if one["state"] == "failed"]
    passages = sum(one["passages"] for one in given)
    print(f"{len(given) - len(failed)} documents indexed, {passages} passages")
    if told.get("passed_over"):
        print(f"Files passed over, as they are of no kind that is read: {told['passed_over']}")
    for one in failed:
        print(f"Not indexed: {one['source']}: {one['error']}")
    for warning, source in {one["warning"]: one["source"] for one in given if one.get("warning")}.items():
        print(f"Mind: {source}: {warning}")
    for page in unfetched:
        print(f"Not indexed: {page.address}: {page.error}")
    if failed or unfetched:
        raise typer.Exit(1)


async def _fetched(settings: Any, paths: list[str]) -> tuple[list[Path], list[Any]]:
    """The files among what was given, with those that web pages became; and pages that could not be had."""
    from supportbot.indexer.domain.web_pages import is_address
    from supportbot.standalone.web_pages import fetch_given

    files, unfetched = await fetch_given(settings, [one for one in paths if is_address(one)])
    return [*(Path(one) for one in paths if not is_address(one)), *files], unfetched


async def _show(settings: Any, paths: list[Path]) -> dict[str, Any]:
    """Draw a progress bar while documents are indexed; returns what became of all."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from supportbot.common.errors import SupportbotError
    from supportbot.standalone.indexing import index_paths

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("Indexing", total=None)
        told: dict[str, Any] = {}
        async for line in index_paths(settings, paths):  # to its end, so that everything behind it is closed in order
            if "done" in line:
                bar.update(task, completed=line["done"], total=line["total"])
            else:
                told = line
    if "error" in told:
        raise SupportbotError(told["error"])
    return told
