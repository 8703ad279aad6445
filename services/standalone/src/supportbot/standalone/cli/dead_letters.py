"""`supportbot dead-letters`."""

import json
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from supportbot.common.database import dead_letters as letters
from supportbot.common.ids import EscalationId
from supportbot.standalone.cli.on_database import on_database

Id = Annotated[UUID, typer.Argument(help="As `list` shows it.")]
dead_letters = typer.Typer(help="Questions that nobody could finish.", no_args_is_help=True)


@dead_letters.command("list")
def list_(
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those that were replayed or answered.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """List dead letters, newest first."""
    found = on_database(lambda db: db.read(lambda c: letters.dead_letters(c, only_open=not every, limit=limit)))
    for letter in found:
        if as_json:
            print(json.dumps(asdict(letter), ensure_ascii=False, default=str))
        else:
            print(f"{letter.id}  {letter.created_at:%Y-%m-%d %H:%M}  {letter.state:10} {letter.question[:60]!r}")
    if not found and not as_json:
        print("There are none.")


@dead_letters.command()
def show(letter: Id) -> None:
    """Show one with its cause, as JSON."""
    found = on_database(lambda db: db.read(lambda c: letters.dead_letter(c, EscalationId(letter))))
    print(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))


@dead_letters.command()
def replay(letter: Id) -> None:
    """Ask one again. Doing so twice has one effect."""
    on_database(lambda db: db.write(lambda tx: letters.replay_dead_letter(tx, EscalationId(letter))))
    print("It is asked again; the answer goes to the person who asked.")
