"""The command's entry point: subcommands, and errors as one clear message instead of a traceback."""

import os
import sys
from typing import Annotated, Final

import typer

from supportbot.common.errors import SupportbotError
from supportbot.standalone.cli.later import Later, group_of

FAILED = 1
INTERRUPTED = 130

COMMANDS: Final = {
    "run": Later(f"{__package__}.run", "run", "Start everything in one process and stay until told to stop."),
    "ask": Later(f"{__package__}.ask", "ask", "Answer one question from the documents."),
    "index": Later(f"{__package__}.index", "index", "Add documents: `supportbot index PATH…`; look after the index."),
    "eval": Later(f"{__package__}.evaluation", "evaluation", "Measure answers on sets of questions."),
    "calibrate": Later(f"{__package__}.calibrate", "calibrate", "Put confidence right by the votes on answers."),
    "config": Later(f"{__package__}.config", "config", "Look at the settings."),
    "operators": Later(f"{__package__}.operators", "operators", "People who sign in to the inbox."),
    "keys": Later(f"{__package__}.keys", "keys", "Keys by which programs use the REST API."),
    "webhook": Later(f"{__package__}.webhook", "webhook", "How Telegram delivers updates: look at it, or change it."),
    "mail": Later(f"{__package__}.mail", "mail", "Mails to whoever runs the product."),
    "costs": Later(f"{__package__}.costs", "costs", "Show what was paid to models."),
    "dead-letters": Later(f"{__package__}.dead_letters", "dead_letters", "Questions that nobody could finish."),
    "db": Later(f"{__package__}.db", "db", "Look after the database."),
    "backup": Later(f"{__package__}.backup", "backup", "Back up everything that must not be lost, while it runs."),
    "restore": Later(f"{__package__}.backup", "restore", "Put a backup in place of what is there."),
    "import": Later(f"{__package__}.import_", "import_", "Take over what another bot has stored."),
    "diagnose": Later(f"{__package__}.operate", "diagnose", "Print what is wrong and a report for whoever helps."),
    "monitor": Later(f"{__package__}.operate", "monitor", "Look at the machine, processes and connections."),
    "maintain": Later(f"{__package__}.operate", "maintain", "Do the weekly upkeep, while everything runs."),
    "recover": Later(f"{__package__}.operate", "recover", "Restart units that do not answer, and tell somebody."),
}

application = typer.Typer(
    name="supportbot",
    cls=group_of(COMMANDS),
    help="Customer support from a company's own documents, in Telegram and on the web.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@application.callback()
def every_command() -> None:
    """Customer support from a company's own documents, in Telegram and on the web."""
    from supportbot.common.telemetry.logging import set_up_logging

    set_up_logging("command", level="WARNING", pretty=True)


@application.command()
def version(*, verbose: Annotated[bool, typer.Option(help="Name Python and the main libraries too.")] = False) -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    print("supportbot", installed("supportbot-standalone"))
    if verbose:
        print("python", sys.version.split()[0])
        for library in ("aiogram", "fastapi", "sqlalchemy", "qdrant-edge-py", "openai"):
            print(library, installed(library))


def main() -> None:
    """Run the command."""
    try:
        application()
    except SupportbotError as error:
        print(error, file=sys.stderr)
        raise SystemExit(FAILED) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read our output has gone; nothing more can be said to them, not even by the interpreter's last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(FAILED) from None
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        advice = "Check that the place exists, is writable and has room"
        print(f"{what}{error.strerror or error}. {advice}", file=sys.stderr)
        raise SystemExit(FAILED) from None
