"""The embedded database as one file of a backup."""

import sqlite3
from contextlib import closing
from pathlib import Path

from supportbot.standalone.backup.errors import BackupError, BadArchiveError

FILE = "database/supportbot.db"


def dump_sqlite(path: Path, target: Path) -> tuple[str, dict[str, int]]:
    """Copy a database that may be in use, as it is at one moment; returns the tables' version and their rows.

    Raises:
        BackupError: there is none, or it is damaged.
    """
    if not path.is_file():
        raise BackupError(f"DATABASE_PATH: there is no database at {path}; nothing to back up yet")
    try:
        with closing(sqlite3.connect(path, timeout=30)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            return _contents(copy)
    except sqlite3.DatabaseError as error:
        raise BackupError(f"The database {path} cannot be copied: {error}") from error


def check_sqlite(path: Path, rows: dict[str, int]) -> None:
    """Raises BadArchiveError where the copy is damaged, or has not the rows that it should have."""
    try:
        with closing(sqlite3.connect(path)) as copy:
            _, found = _contents(copy)
    except sqlite3.DatabaseError as error:
        raise BadArchiveError(f"The database in the backup is damaged: {error}") from error
    if found != rows:
        raise BadArchiveError("The database in the backup has other rows than the backup says")


def _contents(database: sqlite3.Connection) -> tuple[str, dict[str, int]]:
    (problem,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if problem != "ok":
        raise sqlite3.DatabaseError(str(problem))
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    tables = sorted(str(name) for (name,) in names if name != "alembic_version")
    (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    counts = {table: database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}  # noqa: S608
    return str(revision), counts
