"""`supportbot keys`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Annotated
from uuid import UUID

import typer

from supportbot.common.database.api_keys import ApiKey, Scope, all_keys, create_key, new_key, revoke_key
from supportbot.standalone.cli.on_database import on_database

_NAME_LENGTH = 80
_WIDE = 240
"""The most columns of the list."""


class ScopeChoice(Enum):
    """What a key can be good for; typer reads choices from an enum."""

    documents = "documents"
    dead_letters = "dead_letters"
    answers = "answers"
    faq = "faq"
    costs = "costs"
    inbox = "inbox"


keys = typer.Typer(help="Keys by which programs use the REST API.", no_args_is_help=True)


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="Who or what it is for; `list` shows it.")],
    scope: Annotated[
        list[ScopeChoice] | None, typer.Option(help="What it is good for; once for each. Everything, if not given.")
    ] = None,
) -> None:
    """Make a key and show it, once: only its hash is stored."""
    if not name.strip() or len(name) > _NAME_LENGTH or not name.isprintable():
        raise typer.BadParameter(f"1 to {_NAME_LENGTH} characters that can be shown", param_hint="NAME")
    key = new_key()
    scopes: list[Scope] = [one.value for one in scope or ScopeChoice]
    on_database(lambda db: db.write(lambda tx: create_key(tx, key=key, name=name.strip(), scopes=scopes)))
    print(key)
    typer.echo("Keep it in a safe place: it cannot be shown again. A lost one is revoked and replaced.", err=True)


@keys.command("list")
def list_(*, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False) -> None:
    """List all keys; what they open is in none of them."""
    found = on_database(lambda db: db.read(all_keys))
    if as_json:
        for key in found:
            print(json.dumps({**asdict(key), "scopes": sorted(key.scopes)}, default=str, ensure_ascii=False))
    elif found:
        _show(found)
    else:
        print("There are none. `supportbot keys create NAME` makes one.")


@keys.command()
def revoke(key: Annotated[UUID, typer.Argument(help="Its id, as `list` shows it.")]) -> None:
    """Let a key in no more, from now on."""
    name = on_database(lambda db: db.write(lambda tx: revoke_key(tx, key)))
    print(f"The key of {name} is not valid any more.")


def _show(found: Sequence[ApiKey]) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    whole = Column("Id", no_wrap=True, min_width=36)  # people copy it
    table = Table(whole, "Name", "Scopes", "Created", "Last used", "Revoked", box=None)
    for key in found:
        moments = (_moment(moment) for moment in (key.created_at, key.last_used_at, key.revoked_at))
        table.add_row(str(key.id), Text(key.name), ", ".join(sorted(key.scopes)), *moments)
    Console(width=_WIDE).print(table)  # a terminal wraps a line; a table as narrow as the terminal would cut names


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "–"
