"""A pooler in front is noticed, nothing is left in its sessions, and migrations and many clients work through it."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.connections.check import check_connections
from supportbot.common.database.connections.postgres import PoolSettings, PostgresDatabase
from supportbot.common.database.opener import migrate
from supportbot.common.database.transactions import Transaction
from tests.servers.address import PostgresAddress
from tests.servers.databases import POOL
from tests.servers.pgbouncer import SHARED

pytestmark = pytest.mark.postgres


async def _commits(tx: Transaction) -> str:
    found: str = (await tx.execute(text("SHOW synchronous_commit"))).scalar_one()
    return found


async def test_a_pooler_is_told_from_the_server_itself(
    postgres_database: PostgresDatabase, postgres_address: PostgresAddress, postgres_name: str
) -> None:
    direct = PostgresDatabase(postgres_address.url(postgres_name), PoolSettings(size=1))
    await direct.write(_commits)
    await direct.close()
    assert direct.pooler.absent is True
    assert postgres_database.pooler.absent is False


async def test_claims_need_not_wait_for_the_disk_and_nothing_else_learns_of_that(
    postgres_database: PostgresDatabase,
) -> None:
    relaxed = await asyncio.gather(*(postgres_database.write(_commits, lane="relaxed") for _ in range(12)))
    durable = await asyncio.gather(*(postgres_database.write(_commits) for _ in range(12)))
    assert set(relaxed) == {"off"}
    assert set(durable) == {"on"}


async def test_no_statement_stays_behind_in_a_session_that_others_use(postgres_database: PostgresDatabase) -> None:
    async def prepared(connection: AsyncConnection) -> int:
        count: int = (await connection.execute(text("SELECT count(*) FROM pg_prepared_statements"))).scalar_one()
        return count

    counts = await asyncio.gather(*(postgres_database.read(prepared) for _ in range(10 * SHARED)))
    assert set(counts) <= {0, 1}  # the one that counts, where it has a name at all
    assert max(counts) == 0


async def test_tables_are_made_through_it(pooled_address: PostgresAddress, bare_postgres: str) -> None:
    databases = [PostgresDatabase(pooled_address.url(bare_postgres), POOL) for _ in range(3)]
    await asyncio.gather(*(migrate(database) for database in databases))
    for database in databases:
        await database.close()


async def test_more_connections_than_the_server_has_are_the_poolers_business(
    pooled_address: PostgresAddress, postgres_name: str
) -> None:
    pool = PoolSettings(size=2, max_overflow=900)
    database = PostgresDatabase(pooled_address.url(postgres_name), pool, "not-ours")  # the pooler keeps its name on
    await check_connections(database)
    await database.close()
