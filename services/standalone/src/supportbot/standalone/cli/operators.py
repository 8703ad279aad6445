"""`supportbot operators`."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from enum import Enum
from typing import Annotated, TypeVar

import typer

from supportbot.admin_api.access.audit import COMMAND as ACTOR
from supportbot.admin_api.access.passwords import made_password
from supportbot.admin_api.operators.repository import Operator, every_operator
from supportbot.admin_api.operators.service import NewOperator, OperatorService
from supportbot.common.database.opener import COMMAND, open_database
from supportbot.common.database.transactions import Database
from supportbot.common.settings import CommonSettings
from supportbot.standalone.joining import load_joined

T = TypeVar("T")
Login = Annotated[str, typer.Argument(help="What they sign in with.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input; else one is made and shown.")
]
operators = typer.Typer(help="People who sign in to the inbox.", no_args_is_help=True)


class RoleChoice(Enum):
    """What an operator may do; typer reads choices from an enum."""

    viewer = "viewer"
    operator = "operator"
    knowledge_editor = "knowledge_editor"
    admin = "admin"


@operators.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="As colleagues see them; the login, if not given.")] = "",
    role: Annotated[RoleChoice, typer.Option(help="What they may do.")] = RoleChoice.operator,
    *,
    password_stdin: FromInput = False,
) -> None:
    """Add somebody. From the first one on nobody opens the inbox without signing in."""
    password = _given() if password_stdin else made_password()
    new = NewOperator(login, name or login, role.value, password)
    _on_service(lambda service: service.add(ACTOR, new))
    _show_password(password, given=password_stdin)


@operators.command("list")
def list_(*, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False) -> None:
    """List everybody."""
    found = _on_service(lambda service: service.database.read(every_operator))
    if as_json:
        for operator in found:
            print(json.dumps(asdict(operator), default=str, ensure_ascii=False))
    elif found:
        _show(found)
    else:
        print("There are none. `supportbot operators add LOGIN --role admin` adds one.")


@operators.command()
def disable(login: Login) -> None:
    """Let somebody in no more, from now on; their sessions end."""

    async def work(service: OperatorService) -> None:
        await service.disable(ACTOR, (await service.of_login(login)).id)

    _on_service(work)
    print(f"{login} cannot sign in any more.")


@operators.command()
def enable(login: Login) -> None:
    """Let somebody in again."""

    async def work(service: OperatorService) -> None:
        await service.enable(ACTOR, (await service.of_login(login)).id)

    _on_service(work)
    print(f"{login} can sign in again.")


@operators.command("reset-password")
def reset_password(login: Login, *, password_stdin: FromInput = False) -> None:
    """Give somebody a new password; their sessions end, and codes from an app are off until set up again."""
    password = _given() if password_stdin else made_password()

    async def work(service: OperatorService) -> None:
        await service.reset_password(ACTOR, (await service.of_login(login)).id, password)

    _on_service(work)
    _show_password(password, given=password_stdin)


def _given() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _show_password(password: str, *, given: bool) -> None:
    if not given:
        print(password)
        typer.echo("This is the password. It cannot be shown again; they can change it in their profile.", err=True)


def _show(found: Sequence[Operator]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Login", "Name", "Role", "Code", "Added", "Disabled", box=None)
    for one in found:
        disabled = f"{one.disabled_at:%Y-%m-%d %H:%M}" if one.disabled_at else "–"
        code = "yes" if one.has_code else "no"
        table.add_row(Text(one.login), Text(one.name), one.role, code, f"{one.created_at:%Y-%m-%d %H:%M}", disabled)
    Console(width=160).print(table)


def _on_service(work: Callable[[OperatorService], Awaitable[T]]) -> T:
    async def run() -> T:
        database: Database = await open_database(load_joined(CommonSettings), COMMAND)
        try:
            return await work(OperatorService(database))
        finally:
            await database.close()

    return asyncio.run(run())
