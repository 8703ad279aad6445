"""The opener: settings in, a migrated database out. The only place that knows which kind it is."""

import sqlite3
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.connections.check import check_connections
from supportbot.common.database.connections.postgres import INTAKE_POOL, PoolSettings, PostgresDatabase
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.migrating import SchemaTooNewError, head, revisions, upgrade
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.settings import CommonSettings

_NEEDED_SQLITE = (3, 35)
ALL_IN_ONE = "supportbot"
COMMAND = "supportbot-command"
SHARES = {
    "supportbot-gateway": (8, 8, INTAKE_POOL),
    "supportbot-answerer": (8, 8, 0),
    "supportbot-indexer": (3, 3, 0),
    "supportbot-admin-api": (4, 6, 0),
    COMMAND: (1, 1, 0),
}
"""What each service takes where DB_POOL_SIZE and DB_MAX_OVERFLOW say nothing: its pool, overflow, and connections for
storing messages. One of each, with room to spare, fits into the 100 connections that PostgreSQL gives by default."""


async def open_database(settings: CommonSettings, service: str = ALL_IN_ONE) -> Database:
    """Open PostgreSQL where `DB_HOST` is set, else SQLite at `DATABASE_PATH`, and bring its tables up to date.

    Raises:
        TooFewConnectionsError: the server gives fewer connections than the pools may ask for.
        DatabaseUnavailableError: it cannot be opened; the text says why and what to do.
        SchemaTooNewError: a newer version of the product has been here.
    """
    database = connect_database(settings, service)
    try:
        await migrate(database)
        await check_connections(database)
    except BaseException:
        await database.close()
        raise
    return database


def connect_database(settings: CommonSettings, service: str = ALL_IN_ONE) -> Database:
    """PostgreSQL where `DB_HOST` is set, else SQLite; its tables are brought up to date by `migrate`."""
    if not settings.db_host:
        return _sqlite(settings.database_path)
    return PostgresDatabase(postgres_url(settings), pool_of(settings, service), service)


def pool_of(settings: CommonSettings, service: str) -> PoolSettings:
    """A service's pools: as set, else its share."""
    size, overflow, intake = SHARES.get(service, (settings.db_pool_size, settings.db_max_overflow, INTAKE_POOL))
    chosen = settings.model_fields_set
    return PoolSettings(
        settings.db_pool_size if "db_pool_size" in chosen else size,
        settings.db_max_overflow if "db_max_overflow" in chosen else overflow,
        settings.db_pool_timeout,
        settings.db_pool_recycle,
        settings.db_pool_pre_ping,
        intake,
    )


async def migrate(database: Database) -> None:
    """Bring the tables up to date. Alembic is loaded only where there is something to do."""
    at = await database.read(_revision)
    if at == head():
        return
    if at is not None and at not in revisions():
        raise SchemaTooNewError(at)
    await database.write(_upgrade)


async def stored_revision(database: Database) -> str | None:
    """The version of the tables as they are, None where there are none."""
    return await database.read(_revision)


def postgres_url(settings: CommonSettings) -> URL:
    """PostgreSQL's address with its password; never to be logged."""
    return URL.create(
        "postgresql+asyncpg",
        username=settings.db_user,
        password=settings.db_password.get_secret_value() or None,
        host=settings.db_host,
        port=settings.db_port,
        database=settings.db_name,
    )


def _sqlite(path: Path) -> Database:
    if sqlite3.sqlite_version_info < _NEEDED_SQLITE:
        raise DatabaseUnavailableError(
            f"Python's SQLite is {sqlite3.sqlite_version}, 3.35 or newer is needed. Use a newer Python, or set DB_HOST"
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailableError(
            f"The data folder {path.parent} cannot be made ({error.strerror}). Set DATABASE_PATH to a writable place"
        ) from error
    return SqliteDatabase(path)


async def _revision(connection: AsyncConnection) -> str | None:
    # Asked of the catalogue first: on PostgreSQL a failed statement would spoil the transaction and be logged there.
    sqlite = connection.dialect.name == "sqlite"
    catalogue = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'" if sqlite else _POSTGRES_CATALOGUE
    if (await connection.execute(text(catalogue))).scalar_one_or_none() is None:
        return None
    found: str | None = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
    return found


_POSTGRES_CATALOGUE = "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL"


async def _upgrade(tx: Transaction) -> None:
    if tx.connection.dialect.name == "postgresql":
        # One process migrates at a time; the lock goes with the transaction, so a pooler in between does no harm.
        await tx.execute(text("SELECT pg_advisory_xact_lock(7361726)"))
        await tx.execute(text("SET LOCAL lock_timeout = '5s'"))
        # Between two statements a machine with little processor time may still load what migrates.
        await tx.execute(text("SET LOCAL idle_in_transaction_session_timeout = '60s'"))
    try:
        await tx.connection.run_sync(upgrade)
    except DBAPIError as error:
        raise DatabaseUnavailableError(
            f"The tables could not be brought up to date ({type(error.orig).__name__}). "
            "Check that the database's user may create tables"
        ) from error
