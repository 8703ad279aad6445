"""Looking into a deployment's database from outside, whatever kind it is. Statements are those that both kinds know."""

import asyncio
import itertools
import re
import sqlite3
import threading
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import asyncpg  # type: ignore[import-untyped]

from tests.servers.address import PostgresAddress

T = TypeVar("T")
ANSWER_WITHIN_S = 20.0


class Row(Protocol):
    """A row, by column's name or place."""

    def __getitem__(self, key: Any, /) -> Any: ...


class Records(Protocol):
    """A database, to be read only."""

    def rows(self, statement: str, *values: Any) -> Sequence[Row]:
        """The rows of a SELECT, whose values stand where the question marks are."""
        ...

    def ago(self, seconds: int) -> str:
        """The expression for a moment in the past."""
        ...


class SqliteRecords:
    """The tables in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self, statement: str, *values: Any) -> Sequence[Row]:
        """See Records."""
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def ago(self, seconds: int) -> str:
        """See Records; moments are microseconds there."""
        return f"(CAST(strftime('%s', 'now') AS INTEGER) - {seconds}) * 1000000"


class PostgresRecords:
    """The tables on a server. Its loop runs in a thread, so that tests can ask as they ask SQLite."""

    def __init__(self, server: PostgresAddress, name: str) -> None:
        self._server = server
        self._name = name
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"records of {name}", daemon=True)
        self._thread.start()
        self._connection: asyncpg.Connection | None = None

    def rows(self, statement: str, *values: Any) -> Sequence[Row]:
        """See Records."""
        numbers = itertools.count(1)
        if values:  # else a question mark is part of a text
            statement = re.sub(r"\?", lambda _: f"${next(numbers)}", statement)
        found: Sequence[Row] = self._run(self._fetch(statement, values))
        return found

    def ago(self, seconds: int) -> str:
        """See Records."""
        return f"clock_timestamp() - interval '{seconds} s'"

    def close(self) -> None:
        """Leave the server; the object can be used again after."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            self._run(connection.close())

    def end(self) -> None:
        """Leave the server for good."""
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _fetch(self, statement: str, values: tuple[Any, ...]) -> Any:
        if self._connection is None or self._connection.is_closed():
            server = self._server
            self._connection = await asyncpg.connect(
                host=server.host, port=server.port, user=server.user, password=server.password, database=self._name
            )
        return await self._connection.fetch(statement, *values)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_WITHIN_S)
