"""Migrations: up, down and up again on both databases; afterwards the tables are those that the code knows."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.opener import migrate
from supportbot.common.database.schema.all_tables import metadata
from supportbot.common.database.schema.migrating import (
    SchemaTooNewError,
    configuration,
    downgrade,
    head,
    revisions,
    upgrade,
)
from supportbot.common.database.transactions import Database, Transaction
from tests.servers.address import PostgresAddress
from tests.servers.databases import POOL


@pytest.fixture
def bare(dialect: str, request: pytest.FixtureRequest) -> Database:
    """A database without any tables."""
    made: Database = request.getfixturevalue("bare_sqlite" if dialect == "sqlite" else "bare_postgresql")
    return made


@pytest.fixture
async def bare_sqlite(tmp_path: Path) -> AsyncGenerator[Database]:
    database = SqliteDatabase(tmp_path / "bare.db")
    yield database
    await database.close()


@pytest.fixture
async def bare_postgresql(postgres_address: PostgresAddress, bare_postgres: str) -> AsyncGenerator[Database]:
    database = PostgresDatabase(postgres_address.url(bare_postgres), POOL)
    yield database
    await database.close()


def _schema(connection: Connection) -> dict[str, Any]:
    """Everything that can be said of the tables, in a form that can be compared."""
    look = inspect(connection)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], str(column["default"]))
                for column in look.get_columns(table)
            },
            "key": look.get_pk_constraint(table),
            "foreign": sorted(look.get_foreign_keys(table), key=lambda key: str(key["name"])),
            "indexes": sorted((_index(index) for index in look.get_indexes(table)), key=str),
            "unique": sorted(look.get_unique_constraints(table), key=lambda key: str(key["name"])),
            "checks": sorted(look.get_check_constraints(table), key=lambda key: str(key["name"])),
        }
        for table in look.get_table_names()
        if table != "alembic_version"
    }


def _index(index: Any) -> tuple[Any, ...]:
    options = sorted((name, str(value)) for name, value in index.get("dialect_options", {}).items())
    return index["name"], index["column_names"], bool(index["unique"]), options


async def _schema_of(database: Database) -> dict[str, Any]:
    async def read(connection: AsyncConnection) -> dict[str, Any]:
        return await connection.run_sync(_schema)

    return await database.read(read)


async def _run(database: Database, step: Any, *arguments: Any) -> None:
    async def work(tx: Transaction) -> None:
        await tx.connection.run_sync(step, *arguments)

    await database.write(work)


async def test_up_down_and_up_again(bare: Database) -> None:
    await _run(bare, upgrade)
    first = await _schema_of(bare)
    await _run(bare, downgrade, "base")
    assert await _schema_of(bare) == {}
    await _run(bare, upgrade)
    assert await _schema_of(bare) == first


async def test_every_single_step_can_be_taken_back(bare: Database) -> None:
    for revision in revisions():
        before = await _schema_of(bare)
        await _run(bare, upgrade, revision)
        after = await _schema_of(bare)
        await _run(bare, downgrade, "-1")
        assert await _schema_of(bare) == before
        await _run(bare, upgrade, revision)
        assert await _schema_of(bare) == after


async def test_migrated_tables_are_those_that_the_code_defines(bare: Database) -> None:
    await _run(bare, MetaData.create_all.__get__(metadata))
    fresh = await _schema_of(bare)
    await _run(bare, MetaData.drop_all.__get__(metadata))
    await migrate(bare)
    migrated = await _schema_of(bare)
    assert migrated == fresh
    assert set(migrated) == set(metadata.tables)


@pytest.mark.filterwarnings("ignore:autogenerate skipping:UserWarning")  # PostgreSQL alone has indexes of expressions
async def test_nothing_is_left_for_a_new_migration(bare: Database) -> None:
    from alembic import command

    await migrate(bare)
    await _run(bare, lambda connection: command.check(configuration(connection)))


async def test_migrating_again_changes_nothing(bare: Database) -> None:
    await migrate(bare)
    before = await _schema_of(bare)
    await migrate(bare)
    assert await _schema_of(bare) == before


async def test_tables_of_a_newer_version_are_left_alone(bare: Database) -> None:
    await migrate(bare)
    await _run(bare, lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(SchemaTooNewError, match="9999"):
        await migrate(bare)


def test_every_migration_says_whether_it_runs_before_or_after_the_rollout() -> None:
    import supportbot.common.database.schema.migrations.versions as folder

    names = sorted(path.name for path in Path(next(iter(folder.__path__))).glob("[0-9]*.py"))
    assert names
    assert all(name.split("_")[1] in {"before", "after"} for name in names)
    assert head() == names[-1].split("_")[0]
