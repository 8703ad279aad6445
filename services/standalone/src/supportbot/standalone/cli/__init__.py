"""The `supportbot` command."""

from supportbot.standalone.cli.main import main

__all__ = ["main"]
