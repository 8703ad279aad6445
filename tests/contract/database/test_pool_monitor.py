"""F17: a pool that is used up makes callers wait for a bounded time, is counted, and raises one alert."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import AlertRaised
from supportbot.common.contracts.envelope import decode
from supportbot.common.database.connections.pool_monitor import PoolMonitor
from supportbot.common.database.connections.postgres import PoolSettings, PostgresDatabase
from supportbot.common.database.schema.tables import outbox
from supportbot.common.database.transactions import DatabaseUnavailableError, Transaction
from tests.servers.address import PostgresAddress

pytestmark = pytest.mark.postgres
SIZE = 2


@pytest.fixture
async def small(
    postgres_database: PostgresDatabase, postgres_address: PostgresAddress, postgres_name: str
) -> AsyncGenerator[PostgresDatabase]:
    """A process with a small pool and little patience, on an empty database."""
    pool = PoolSettings(SIZE, max_overflow=0, timeout=0.05, intake=0)
    database = PostgresDatabase(postgres_address.url(postgres_name), pool, "supportbot-gateway")
    yield database
    await database.close()


@asynccontextmanager
async def held(database: PostgresDatabase, count: int) -> AsyncGenerator[None]:
    """So many connections are in use."""
    all_held, release = asyncio.Barrier(count + 1), asyncio.Event()

    async def hold(tx: Transaction) -> None:
        await tx.execute(text("SELECT 1"))
        await all_held.wait()
        await release.wait()

    holders = [asyncio.create_task(database.write(hold)) for _ in range(count)]
    await all_held.wait()
    yield
    release.set()
    await asyncio.gather(*holders)


async def alerts(database: PostgresDatabase) -> list[AlertRaised]:
    async def read(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(select(outbox.c.body).order_by(outbox.c.id))).scalars())

    found = [decode(body) for body in await database.read(read)]
    return [event for event in found if isinstance(event, AlertRaised)]


async def test_f17_waiting_in_vain_ends_soon_and_is_told_once(
    small: PostgresDatabase, postgres_database: PostgresDatabase
) -> None:
    monitor = PoolMonitor(small, threshold=100, level="WARNING")
    async with held(small, SIZE):
        for _ in range(3):
            with pytest.raises(DatabaseUnavailableError, match="free connections"):
                await small.write(lambda tx: tx.execute(select(1)))
        await monitor.look()
        with pytest.raises(DatabaseUnavailableError):
            await small.write(lambda tx: tx.execute(select(1)))
        await monitor.look()
    (alert,) = await alerts(postgres_database)
    assert alert.kind == "database_pool"
    assert alert.text.startswith("supportbot-gateway: 3 times")
    assert small.refusals == 4


async def test_a_pool_in_heavy_use_is_told_when_it_begins_and_when_it_is_over(
    small: PostgresDatabase, postgres_database: PostgresDatabase
) -> None:
    monitor = PoolMonitor(small, threshold=20, level="INFO")
    for _ in range(2):
        async with held(small, SIZE):
            await monitor.look()
            await monitor.look()
        await monitor.look()
        await monitor.look()
    told = [alert.text for alert in await alerts(postgres_database)]
    begins, over = told[:2]
    assert "2 connections are in use, 4 are kept. Look for slow statements" in begins
    assert over == "supportbot-gateway: the connection pool is at rest again"
    assert told == [begins, over] * 2
