"""PostgreSQL's tables as files of a backup, by its own COPY: no program of one version beside a server of another."""

import csv
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Connection, inspect, text

from supportbot.common.database.schema.all_tables import metadata
from supportbot.common.database.schema.migrating import downgrade, upgrade
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.settings import CommonSettings
from supportbot.standalone.backup.errors import BackupError, BadArchiveError, CannotRestoreError

FOLDER: Final = "database"
_VERSIONS: Final = "alembic_version"
_CONNECT_S: Final = 10
_LONGEST_S: Final = 24 * 3600.0
"""For one table. With no limit of its own a COPY would have that of a service's statements, which is too short."""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
_OTHERS = text(
    "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND application_name LIKE 'supportbot%'"
    " AND application_name NOT LIKE 'supportbot-command%' ORDER BY 1"
)


@asynccontextmanager
async def connected(settings: CommonSettings) -> AsyncIterator[Any]:
    """A connection for a command; raises BackupError where there is none to be had."""
    try:
        connection = await asyncpg.connect(
            host=settings.db_host,
            port=settings.db_port,
            user=settings.db_user,
            password=settings.db_password.get_secret_value() or None,
            database=settings.db_name,
            timeout=_CONNECT_S,
            statement_cache_size=0,  # PgBouncer may stand in front
            server_settings={"application_name": "supportbot-command"},
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        where = f"{settings.db_host}:{settings.db_port}"
        raise BackupError(f"PostgreSQL at {where} cannot be reached: {error or type(error).__name__}") from error
    try:
        yield connection
    finally:
        await connection.close()


async def dump_postgres(settings: CommonSettings, folder: Path) -> tuple[str, dict[str, int]]:
    """Write each table as it is at one and the same moment; returns the tables' version and their rows."""
    async with connected(settings) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        names = sorted(row["tablename"] for row in await connection.fetch(_TABLES))
        if _VERSIONS not in names:
            raise BackupError(f"DB_NAME: {settings.db_name} holds nothing of this product; nothing to back up yet")
        revision = await connection.fetchval("SELECT version_num FROM alembic_version")
        rows = {}
        for name in names:
            if name != _VERSIONS:
                done = await connection.copy_from_table(name, output=folder / f"{name}.csv", format="csv", header=True)
                rows[name] = int(done.removeprefix("COPY "))
    return str(revision), rows


async def others_at_work(database: Database) -> list[str]:
    """Processes of the product that are connected now, by name."""
    found = await database.read(lambda connection: connection.execute(_OTHERS))
    return [str(row[0]).partition(" ")[0] for row in found]


async def load_postgres(database: Database, revision: str, rows: Mapping[str, int], folder: Path) -> None:
    """Put tables and rows in place of what is there, in one transaction: until it commits, everything is as before."""

    async def work(tx: Transaction) -> None:
        # The server would end whoever pauses within a transaction; here only we wait for it.
        await tx.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await tx.connection.run_sync(_remove_what_is_there)
        await tx.connection.run_sync(lambda connection: upgrade(connection, revision))
        driver: Any = (await tx.connection.get_raw_connection()).driver_connection
        for name in _in_order(rows):
            await _load(driver, name, rows[name], folder / f"{name}.csv")
        # Else the planner would know nothing of them until the server's own upkeep comes round.
        ours = ", ".join(table.name for table in metadata.sorted_tables if table.name in rows)
        await driver.execute(f"ANALYZE {ours}", timeout=_LONGEST_S)

    await database.write(work)


def _remove_what_is_there(connection: Connection) -> None:
    present = set(inspect(connection).get_table_names())
    if _VERSIONS in present:
        downgrade(connection, "base")
        connection.execute(text(f"DROP TABLE IF EXISTS {_VERSIONS}"))
    elif present & set(metadata.tables):
        raise CannotRestoreError("DB_NAME: it holds tables of other software by the same names; name an empty database")


def _in_order(rows: Mapping[str, int]) -> list[str]:
    """What others refer to comes before them."""
    known = [table.name for table in metadata.sorted_tables if table.name in rows]
    return [*known, *sorted(set(rows) - set(known))]


async def _load(driver: Any, name: str, expected: int, path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file), [])
    try:
        done = await driver.copy_to_table(
            name, source=path, format="csv", header=True, columns=columns, timeout=_LONGEST_S
        )
    except asyncpg.PostgresError as error:
        raise BadArchiveError(f"PostgreSQL does not take the table {name} of the backup: {error}") from error
    if int(done.removeprefix("COPY ")) != expected:
        raise BadArchiveError(f"The table {name} in the backup has other rows than the backup says")
