"""Databases for tests: made once per worker by the real migrations, and empty at the beginning of every test."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import text

from supportbot.common.database.connections.postgres import PoolSettings, PostgresDatabase
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.opener import migrate
from supportbot.common.database.schema.all_tables import metadata
from supportbot.common.database.transactions import Database, Transaction
from tests.servers.address import PostgresAddress

T = TypeVar("T")
POOL = PoolSettings(size=8, max_overflow=4, timeout=20)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run something asynchronous where no event loop runs yet."""
    with asyncio.Runner() as runner:
        return runner.run(work)


async def make_sqlite(path: Path) -> None:
    """Make a migrated, empty file that can be copied."""
    database = SqliteDatabase(path)
    await migrate(database)
    await database.close()


async def make_postgres(server: PostgresAddress, name: str) -> None:
    """Make a migrated, empty database, in place of one of the same name."""
    await create_database(server, name)
    database = PostgresDatabase(server.url(name), POOL)
    try:
        await migrate(database)
    finally:
        await database.close()


async def create_database(server: PostgresAddress, name: str, *, template: str | None = None) -> None:
    """Make an empty database without tables, or a copy of another one, in place of one of the same name."""
    copied = f' TEMPLATE "{template}"' if template else ""
    async with _administrator(server) as connection:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}"{copied}')


async def drop_database(server: PostgresAddress, name: str) -> None:
    async with _administrator(server) as connection:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def empty(database: Database) -> None:
    """Delete every row. Quicker than TRUNCATE for tables that hold a test's few rows."""
    deletions = [f'DELETE FROM "{table.name}";' for table in reversed(metadata.sorted_tables)]
    if database.dialect == "postgresql":  # all of it on one way there and back
        deletions = [f"DO $$ BEGIN {' '.join(deletions)} END $$"]

    async def delete_all(tx: Transaction) -> None:
        for deletion in deletions:
            await tx.execute(text(deletion))

    await database.write(delete_all, lane="relaxed")


@contextlib.asynccontextmanager
async def _administrator(server: PostgresAddress) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, database=server.database
    )
    try:
        yield connection
    finally:
        await connection.close()
