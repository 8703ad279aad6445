"""The `supportbot` command."""


def main() -> None:
    """Run the command. What it needs takes a second to load, and Ctrl-C may come in that second too."""
    try:
        from supportbot.common.garbage import spare_what_is_loaded

        spare_what_is_loaded()
        from supportbot.standalone.cli.main import main as run_command
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    run_command()


__all__ = ["main"]
