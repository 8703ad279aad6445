"""Chooses where contents of documents are: in PostgreSQL where `DB_HOST` is set, else in the data folder."""

from supportbot.common.database.transactions import Database
from supportbot.common.files.folder import FolderFiles
from supportbot.common.files.port import Files
from supportbot.common.files.postgres import PostgresFiles
from supportbot.common.settings import CommonSettings


def open_files(settings: CommonSettings, database: Database) -> Files:
    """The contents that belong to this database. There is nothing to close."""
    return PostgresFiles(database) if settings.db_host else FolderFiles(settings.data_folder / "files")
