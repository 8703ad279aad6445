"""`supportbot index versions` and `supportbot index rollback`."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from supportbot.common.database.document_versions import KEPT
from supportbot.common.errors import SupportbotError
from supportbot.standalone.cli.on_database import on_database

if TYPE_CHECKING:
    from supportbot.admin_api.documents.versions import DocumentVersion

_Id = Annotated[str, typer.Argument(help="The document's id, as `status` shows it.")]
_WIDE = 200
"""The most columns of the table."""


class NoVersionsError(SupportbotError):
    """A document of which no versions are kept."""

    def __init__(self, document: str) -> None:
        super().__init__(
            f"No versions of {document} are kept: that is done for uploaded documents. `supportbot index status` lists "
            "all documents"
        )


class SameVersionError(SupportbotError):
    """The newest version has the content that is wanted."""

    def __init__(self, document: str, number: int) -> None:
        super().__init__(f"The newest version of {document} has the content of version {number} already")


def versions(
    document: _Id,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """List the versions of an uploaded document, newest first."""
    from supportbot.admin_api.documents.versions import VersionStore

    found = on_database(lambda database: VersionStore(database, KEPT).of(document)).items
    if not found:
        raise NoVersionsError(document)
    if as_json:
        for version in found:
            print(json.dumps(version.model_dump(mode="json"), ensure_ascii=False))
    else:
        _show(found)


def rollback(document: _Id, number: Annotated[int, typer.Argument(min=1, help="As `versions` shows it.")]) -> None:
    """Go back to an earlier version; the one of now serves until that is indexed."""
    from supportbot.admin_api.access.audit import Actor
    from supportbot.admin_api.documents.versions import VersionStore
    from supportbot.standalone.joining import load_joined
    from supportbot.standalone.settings import StandaloneSettings

    kept = load_joined(StandaloneSettings).document_versions
    who = Actor(None, "supportbot index rollback")
    if not on_database(lambda database: VersionStore(database, kept).restore(document, number, who)):
        raise SameVersionError(document, number)
    print(f"Version {number} of {document} is brought back. `supportbot index status` shows how far it is.")


def _show(found: "list[DocumentVersion]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Number", "State", "Received", "Passages", "Bytes", "Brings back", "Title", "What is wrong", box=None)
    for one in found:
        brought = "" if one.restored is None else str(one.restored)
        told = (f"{one.received_at:%Y-%m-%d %H:%M}", str(one.passages), str(one.size), brought)
        table.add_row(str(one.number), one.state, *told, Text(one.title), Text(one.reason or ""))
    Console(width=_WIDE).print(table)
