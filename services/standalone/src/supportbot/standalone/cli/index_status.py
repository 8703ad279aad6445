"""`supportbot index status` and `supportbot index retry`."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from supportbot.common.database.documents import retry_document
from supportbot.common.database.transactions import Database
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import DocumentId
from supportbot.standalone.cli.on_database import on_database

if TYPE_CHECKING:
    from supportbot.admin_api.documents.schemas import Document

_PAGE = 200
_WIDE = 240
"""The most columns of the table."""
_COLUMNS = ("Document", "State", "Stage", "Doing", "Progress", "Left", "Tries", "Passages", "Updated", "What is wrong")


class NothingToRetryError(SupportbotError):
    """A document that neither failed nor waits."""

    def __init__(self, document: str) -> None:
        super().__init__(
            f"{document} has neither failed nor does it wait, or there is no such document. `supportbot index status` "
            "lists them"
        )


def status(
    *,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="Only what is not live.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Show how far the indexing of every document is."""
    found = [one for one in on_database(_all) if not (unfinished and one.state == "live")]
    if as_json:
        for document in found:
            print(json.dumps(document.model_dump(mode="json"), ensure_ascii=False))
    elif found:
        _show(found)
    else:
        print("Everything is indexed." if unfinished else "There are no documents.")


def retry(document: Annotated[str, typer.Argument(help="Its id, as `status` shows it.")]) -> None:
    """Try a document again now that failed, or waits for its next attempt."""
    if not on_database(lambda database: database.write(lambda tx: retry_document(tx, DocumentId(document)))):
        raise NothingToRetryError(document)
    print(f"{document} is tried again.")


async def _all(database: Database) -> list["Document"]:
    from supportbot.admin_api.documents.repository import DocumentRepository

    repository = DocumentRepository(database)
    found: list[Document] = []
    after: str | None = ""
    while after is not None:
        page = await repository.page(after, _PAGE)
        found += page.items
        after = page.next
    return found


def _show(found: Sequence["Document"]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*_COLUMNS, box=None)
    for one in found:
        progress = one.progress
        done = f"{progress.done}/{progress.total}" if progress.total else ""
        left = "" if progress.eta_seconds is None else f"{progress.eta_seconds:.0f} s"
        told = (done, left, str(progress.tries), str(one.passages), f"{one.updated_at:%Y-%m-%d %H:%M:%S}")
        table.add_row(Text(one.id), one.state, progress.stage, progress.activity, *told, Text(one.reason or ""))
    Console(width=_WIDE).print(table)
