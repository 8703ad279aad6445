"""The whole product as one process in a folder of its own, with settings of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.e2e.commands import command
from tests.e2e.process import Process, ProductError
from tests.e2e.records import Records, Row, SqliteRecords
from tests.servers.process import free_port

__all__ = ["Product", "ProductError", "free_port"]


class Product(Process):
    """One data folder and, at times, the process on it. See Deployment."""

    kind = "all-in-one"

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None, records: Records | None = None) -> None:
        """`records` reads its database where that is not the file."""
        super().__init__([*command(), "run"], folder, settings or {}, log="process.log")
        self._records = records or SqliteRecords(self.database_path)
        self.clock_ahead_s = 0
        """How far ahead its clock is of ours, where a test lets it jump."""

    @property
    def inbox_url(self) -> str:
        """The one process shows it too."""
        return self.base_url

    @property
    def processes(self) -> Sequence[Process]:
        """Itself."""
        return (self,)

    @property
    def answerer(self) -> Process:
        """Itself."""
        return self

    @property
    def documents(self) -> Path:
        """The folder that is indexed."""
        return Path(self.settings.get("DOCUMENTS_PATH", self.folder / "data" / "documents"))

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return Path(self.settings.get("DATABASE_PATH", self.folder / "data" / "supportbot.db"))

    def rows(self, statement: str, *values: Any) -> Sequence[Row]:
        """The rows of a SELECT."""
        return self._records.rows(statement, *values)

    def count(self, table: str, condition: str = "1 = 1") -> int:
        """How many rows of a table fit."""
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0])

    def ago(self, seconds: int) -> str:
        """A moment in the past, as this database's SQL says it."""
        return self._records.ago(seconds - self.clock_ahead_s)
