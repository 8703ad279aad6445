"""The command's entry point: subcommands, and errors as one clear message instead of a traceback."""

import os
import sys
from typing import Annotated

import typer

from supportbot.common.errors import SupportbotError
from supportbot.standalone.cli.ask import ask
from supportbot.standalone.cli.backup import backup, restore
from supportbot.standalone.cli.calibrate import calibrate
from supportbot.standalone.cli.config import config
from supportbot.standalone.cli.costs import costs
from supportbot.standalone.cli.db import db
from supportbot.standalone.cli.dead_letters import dead_letters
from supportbot.standalone.cli.evaluation import evaluation
from supportbot.standalone.cli.import_ import import_
from supportbot.standalone.cli.index import index
from supportbot.standalone.cli.keys import keys
from supportbot.standalone.cli.mail import mail
from supportbot.standalone.cli.operate import diagnose, maintain, monitor, recover
from supportbot.standalone.cli.operators import operators
from supportbot.standalone.cli.run import run
from supportbot.standalone.cli.webhook import webhook

FAILED = 1
INTERRUPTED = 130

application = typer.Typer(
    name="supportbot",
    help="Customer support from a company's own documents, in Telegram and on the web.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
application.command()(run)
application.command()(ask)
application.command()(costs)
application.command()(calibrate)
application.add_typer(index, name="index")
application.command("import")(import_)
application.command()(restore)
application.command()(diagnose)
application.command()(monitor)
application.command()(maintain)
application.command()(recover)
application.add_typer(backup, name="backup")
application.add_typer(evaluation, name="eval")
application.add_typer(config, name="config")
application.add_typer(db, name="db")
application.add_typer(dead_letters, name="dead-letters")
application.add_typer(keys, name="keys")
application.add_typer(mail, name="mail")
application.add_typer(operators, name="operators")
application.add_typer(webhook, name="webhook")


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
