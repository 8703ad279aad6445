"""A pooled connection that died meanwhile is replaced unnoticed, and one that was used a moment ago is not asked."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from supportbot.common.database.connections.stale import replace_stale_connections
from tests.servers.address import PostgresAddress

pytestmark = pytest.mark.postgres
_WHO = text("SELECT pg_backend_pid()")
_SAID_LAST = text("SELECT query FROM pg_stat_activity WHERE pid = :pid")
_END = text("SELECT pg_terminate_backend(:pid, 1000)")


@pytest.fixture
async def beside(postgres_address: PostgresAddress, postgres_name: str) -> AsyncIterator[AsyncEngine]:
    """Another client of the same server."""
    engine = create_async_engine(postgres_address.url(postgres_name))
    yield engine
    await engine.dispose()


def _engine(address: PostgresAddress, name: str, ask_after_idle_s: float) -> AsyncEngine:
    engine = create_async_engine(address.url(name), pool_size=1, max_overflow=0)
    replace_stale_connections(engine, ask_after_idle_s=ask_after_idle_s)
    return engine


async def _one(engine: AsyncEngine, statement: object, **values: object) -> object:
    async with engine.connect() as connection:
        return (await connection.execute(statement, values)).scalar()  # type: ignore[call-overload]  # any of ours


async def _hold(engine: AsyncEngine) -> None:
    """Take a connection and give it back without saying anything."""
    async with engine.connect():
        pass


async def test_a_connection_that_the_server_ended_is_replaced(
    postgres_address: PostgresAddress, postgres_name: str, beside: AsyncEngine
) -> None:
    engine = _engine(postgres_address, postgres_name, ask_after_idle_s=3600)
    first = await _one(engine, _WHO)
    assert await _one(beside, _END, pid=first)
    await asyncio.sleep(0.05)  # the end of the connection is on its way to us
    assert await _one(engine, _WHO) != first
    await engine.dispose()


@pytest.mark.parametrize(("ask_after_idle_s", "asked"), [(0.0, True), (3600.0, False)])
async def test_only_a_connection_that_lay_idle_is_asked(
    postgres_address: PostgresAddress, postgres_name: str, beside: AsyncEngine, ask_after_idle_s: float, *, asked: bool
) -> None:
    engine = _engine(postgres_address, postgres_name, ask_after_idle_s)
    pid = await _one(engine, _WHO)
    before = await _one(beside, _SAID_LAST, pid=pid)
    async with engine.begin() as connection:
        await connection.execute(text("SELECT 'the last that we asked'"))
    said = await _one(beside, _SAID_LAST, pid=pid)
    await _hold(engine)
    assert before is not None
    assert (await _one(beside, _SAID_LAST, pid=pid) != said) == asked
    await engine.dispose()
