"""A group of subcommands that also takes paths at once: `supportbot index PATH…` beside `supportbot index status`."""

from typing import Any

from typer.core import TyperGroup

ADD = "add"


class PathsOrCommand(TyperGroup):
    """What names no subcommand is taken for paths to `add`. A file that is called like one is given as `./it`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `add` in front of paths."""
        first = next((argument for argument in args if not argument.startswith("-")), None)
        if args and (first is None or first not in self.commands) and "--help" not in args:
            args = [ADD, *args]
        return super().parse_args(ctx, args)
