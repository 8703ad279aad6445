"""Alembic, run on a connection of ours. Migrations say in their name whether they run before or after a rollout."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from supportbot.common.errors import SupportbotError

FOLDER = Path(__file__).parent / "migrations"


class SchemaTooNewError(SupportbotError):
    """The database was used by a newer version of the product."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database's tables are of a newer version ({revision}) than this one knows ({head()}). "
            "Run that version, or restore a backup"
        )


def revisions() -> list[str]:
    """All revisions, oldest first: their files are named `0001_before_….py` or `0002_after_….py`."""
    return sorted(path.name.split("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def head() -> str:
    """The newest revision that this version knows."""
    return revisions()[-1]


def configuration(connection: Connection) -> Any:
    """Alembic's configuration, bound to a connection whose transaction is ours."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Migrate up to a revision."""
    from alembic import command

    command.upgrade(configuration(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Migrate down to a revision; `base` removes everything."""
    from alembic import command

    command.downgrade(configuration(connection), revision)
