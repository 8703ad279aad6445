"""`supportbot config`."""

from pathlib import Path
from typing import Annotated

import typer

config = typer.Typer(help="Look at the settings.", no_args_is_help=True)


@config.command()
def check() -> None:
    """Read all settings as a start would, and say what is wrong with them. Prints no secret."""
    from supportbot.standalone.joining import load_joined
    from supportbot.standalone.settings import StandaloneSettings

    settings = load_joined(StandaloneSettings)
    print("The settings are fine.")
    postgres = f"PostgreSQL at {settings.db_host}:{settings.db_port}"
    print(f"  Database:  {postgres if settings.db_host else settings.database_path}")
    print(f"  Index:     {'Qdrant at ' + settings.qdrant_url if settings.qdrant_url else settings.vector_db_path}")
    print(f"  Documents: {settings.documents_path}")
    print(f"  Model:     {settings.openai_model if settings.has_model else 'none, answers are extracts'}")
    print(f"  Telegram:  {'on' if settings.telegram_bot_token.get_secret_value() else 'off, no TELEGRAM_BOT_TOKEN'}")
    print(f"  Web:       http://{settings.web_host}:{settings.web_port}")


@config.command()
def example() -> None:
    """Print a `.env` file with every setting, its default and its meaning."""
    from supportbot.standalone.env_example import env_example

    print(env_example(), end="")


@config.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A Python file, such as config.local.py.")],
) -> None:
    """Print settings that a Python file assigns as lines for `.env`. The file is read, not run."""
    from supportbot.standalone.env_lines import env_lines
    from supportbot.standalone.python_settings import read_python_settings

    found, passed_over = read_python_settings(file)
    print(env_lines(found), end="")
    if passed_over:
        typer.echo(f"Passed over, as they are no settings or no plain values: {', '.join(passed_over)}", err=True)
