"""Slow statements on PostgreSQL are told once: those that run, and those that were counted since the last look."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from sqlalchemy import text

from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.connections.statement_watch import Slow, StatementWatch, shown
from tests.contract.database.test_pool_monitor import alerts

pytestmark = pytest.mark.postgres
OVER_S = 0.2


async def do(database: PostgresDatabase, *statements: str) -> None:
    async def work(tx: Any) -> None:
        for statement in statements:
            await tx.execute(text(statement))

    await database.write(work)


@pytest.fixture
async def counted(postgres_database: PostgresDatabase) -> AsyncGenerator[PostgresDatabase]:
    """A table in the place of the extension's view, which this server may lack; with its columns."""
    await do(
        postgres_database,
        "CREATE TABLE pg_stat_statements (userid oid, dbid oid, queryid bigint, query text, calls bigint,"
        " total_exec_time double precision, max_exec_time double precision)",
    )
    yield postgres_database
    await do(postgres_database, "DROP TABLE pg_stat_statements")


async def count(database: PostgresDatabase, query: str, *, calls: int, total_s: float, most_s: float) -> None:
    await do(
        database,
        f"DELETE FROM pg_stat_statements WHERE query = '{query}'",
        "INSERT INTO pg_stat_statements SELECT 10, oid, hashtext(datname), "
        f"'{query}', {calls}, {total_s * 1000}, {most_s * 1000} FROM pg_database WHERE datname = current_database()",
    )


async def test_a_statement_that_runs_too_long_is_told_once_by_whoever_sees_it_first(
    postgres_database: PostgresDatabase,
) -> None:
    sleeping = asyncio.create_task(do(postgres_database, "SELECT pg_sleep(0.8), 'Anna''s card number'"))
    watches = [StatementWatch(postgres_database, OVER_S) for _ in range(2)]
    found: list[Slow] = []
    while not found:
        found = [one for watch in watches for one in await watch.look()]
    await asyncio.gather(*(watch.look() for watch in watches))
    await sleeping
    (alert,) = await alerts(postgres_database)
    assert (alert.kind, alert.severity) == ("slow_statement", "warning")
    assert "SELECT pg_sleep(0.8), '…'" in alert.text
    assert "supportbot db slow-queries" in alert.text
    assert await watches[0].look() == []


async def test_what_was_slow_before_the_first_look_is_no_news(counted: PostgresDatabase) -> None:
    await count(counted, "SELECT old", calls=3, total_s=60, most_s=30)
    watch = StatementWatch(counted, 5)
    assert await watch.look() == []
    assert await watch.look() == []
    await count(counted, "SELECT old", calls=13, total_s=61, most_s=30)
    assert await watch.look() == [], "ten quick calls more"
    await count(counted, "SELECT old", calls=14, total_s=69, most_s=30)
    (again,) = await watch.look()
    assert again.seconds == pytest.approx(8)
    await count(counted, "SELECT old", calls=20, total_s=110, most_s=40)
    (record,) = await watch.look()
    assert (record.statement, record.seconds) == ("SELECT old", 40)
    assert len(await alerts(counted)) == 1


async def test_upkeep_is_slow_by_nature(counted: PostgresDatabase) -> None:
    watch = StatementWatch(counted, 5)
    await watch.look()
    for upkeep in ("VACUUM ANALYZE", "DROP INDEX CONCURRENTLY ix_any"):
        await count(counted, upkeep, calls=1, total_s=60, most_s=60)
        assert await watch.look() == []


async def test_a_server_without_statistics_is_looked_at_all_the_same(postgres_database: PostgresDatabase) -> None:
    watch = StatementWatch(postgres_database, OVER_S)
    assert await watch.look() == []
    assert await watch.look() == []


def test_what_somebody_wrote_is_not_shown() -> None:
    assert shown("SELECT *\n FROM people\n WHERE name = 'Anna O''Neil' AND note = $$secret$$") == (
        "SELECT * FROM people WHERE name = '…' AND note = '…'"
    )
    assert len(shown("SELECT " + "x, " * 500)) == 200
