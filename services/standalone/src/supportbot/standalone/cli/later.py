"""Commands that are loaded when they are called: most of what one needs, the others do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group


@dataclass(frozen=True, slots=True)
class Later:
    """Where a command or a group of them is, and what the list of commands says of it."""

    module: str
    name: str
    help: str

    def load(self, command: str) -> Any:
        """The command itself."""
        found = getattr(import_module(self.module), self.name)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=command)
        else:
            alone.command(command)(found)
        return get_group(alone).commands[command]


def group_of(commands: Mapping[str, Later]) -> type[TyperGroup]:
    """A group of these commands, in this order, and after them those that it has itself."""

    class Group(TyperGroup):
        """Knows what its commands are called before it knows them."""

        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands: dict[str, Any] = {**commands, **self.commands}

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            return commands[cmd_name].load(cmd_name) if cmd_name in commands else super().get_command(ctx, cmd_name)

        def format_commands(self, ctx: Any, formatter: Any) -> None:
            del ctx
            with formatter.section("Commands"):
                formatter.write_dl([(name, _help(command)) for name, command in self.commands.items()])

    return Group


def _help(command: Any) -> str:
    return str(command.help).partition("\n")[0]
