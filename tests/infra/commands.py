"""Whether the command line understands what units and jobs give it."""

from collections.abc import Sequence
from typing import Any

import typer.main

from supportbot.standalone.cli.main import application


def understood(arguments: Sequence[str]) -> None:
    """Parse as the command would, without doing anything; raises what the command would say."""
    command: Any = typer.main.get_command(application)
    context, left = command.context_class(command), list(arguments)
    while left and left[0] in getattr(command, "commands", {}):
        command = command.get_command(context, left.pop(0))  # loaded when it is called
        context = command.context_class(command, parent=context)
    assert context.parent is not None, f"{arguments} is no command"
    command.parse_args(context, left)
