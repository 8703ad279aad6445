"""Indexes of tables that hold something are built beside writes, and after an interruption anew."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from fastapi import APIRouter
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.bus.local import LocalBus
from supportbot.common.database.clock import now
from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.connections.statement_watch import StatementWatch
from supportbot.common.database.large_indexes import are_there, build_missing
from supportbot.common.database.opener import migrate
from supportbot.common.database.schema.migrating import downgrade, upgrade
from supportbot.common.database.schema.tables import conversations, messages
from supportbot.common.database.transactions import DatabaseUnavailableError, Transaction
from supportbot.common.ids import uuid7
from supportbot.common.lifecycle import Check, Service
from supportbot.common.service_process import Opened, ServiceProcess
from tests.servers.address import PostgresAddress
from tests.servers.databases import POOL

pytestmark = pytest.mark.postgres
BEFORE_THEM = "0016"
ALL = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
BUILDING = "SELECT pid FROM pg_stat_progress_create_index WHERE datname = current_database()"
INTERRUPTED = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('ix_messages_words') AND NOT indisvalid"
HOLDS_UP_BUILDS = "UPDATE messages SET text = text"
THEIR_LOCK = "SELECT pg_advisory_xact_lock(7361727)"
Rows = Sequence[tuple[Any, ...]]


async def write_message(tx: Transaction) -> None:
    """Somebody asks in a conversation of their own."""
    asked = uuid7()
    moments = {"due_at": now(), "created_at": now(), "active_at": now()}
    row = insert(conversations).values(id=asked, channel="web", bot="", chat=str(asked), user_name="Anna", **moments)
    await tx.execute(row)
    said = {"kind": "text", "text": "Where is my order?", "received_at": now()}
    await tx.execute(insert(messages).values(id=uuid7(), conversation_id=asked, seq=1, **said))


async def rows(database: PostgresDatabase, statement: str) -> Rows:
    async def read(connection: AsyncConnection) -> Rows:
        return [tuple(row) for row in (await connection.execute(text(statement))).all()]

    return await database.read(read)


async def seen(database: PostgresDatabase, statement: str) -> Any:
    """The first value that a statement gives, as soon as it gives one."""
    async with asyncio.timeout(20):
        while not (found := await rows(database, statement)):  # noqa: ASYNC110  # the server rings no bell
            await asyncio.sleep(0.02)
    return found[0][0]


@pytest.fixture
async def used(postgres_address: PostgresAddress, bare_postgres: str) -> AsyncGenerator[PostgresDatabase]:
    """A database that was in use before there were these indexes, and was migrated then."""
    database = PostgresDatabase(postgres_address.url(bare_postgres), POOL)
    await migrate(database)

    async def go_back(tx: Transaction) -> None:
        await write_message(tx)
        await tx.connection.run_sync(downgrade, BEFORE_THEM)

    await database.write(go_back)
    await database.write(lambda tx: tx.connection.run_sync(upgrade))
    yield database
    await database.close()


@pytest.fixture
async def other(postgres_address: PostgresAddress, bare_postgres: str) -> AsyncGenerator[asyncpg.Connection]:
    """Somebody else at the same database."""
    at = postgres_address
    connection = await asyncpg.connect(
        host=at.host, port=at.port, user=at.user, password=at.password, database=bare_postgres
    )
    yield connection
    await connection.close()


async def test_what_migrations_left_is_built_as_on_a_new_database(
    used: PostgresDatabase, postgres_database: PostgresDatabase
) -> None:
    left = set(await rows(postgres_database, ALL)) - set(await rows(used, ALL))
    assert {name for name, _ in left} == {
        "ix_messages_words",
        "ix_conversations_name",
        "ix_conversations_attended",
        "ix_conversations_closed",
    }
    assert not await are_there(used)
    assert await build_missing(used)
    assert await rows(used, ALL) == await rows(postgres_database, ALL)


async def test_writes_go_on_while_an_index_is_built(used: PostgresDatabase, other: asyncpg.Connection) -> None:
    holding = other.transaction()
    await holding.start()
    await other.execute(HOLDS_UP_BUILDS)
    building = asyncio.create_task(build_missing(used))
    await seen(used, BUILDING)
    assert await StatementWatch(used, over_s=0).look() == [], "a build takes its time by nature"
    await used.write(write_message)
    assert not building.done()
    await holding.commit()
    assert await building
    assert await rows(used, "SELECT count(*) FROM messages") == [(2,)]


async def test_a_build_that_was_interrupted_is_done_anew(used: PostgresDatabase, other: asyncpg.Connection) -> None:
    holding = other.transaction()
    await holding.start()
    await other.execute(HOLDS_UP_BUILDS)
    building = asyncio.create_task(build_missing(used))
    await seen(used, INTERRUPTED)
    await other.execute("SELECT pg_terminate_backend($1)", (await rows(used, BUILDING))[0][0])
    with pytest.raises(DatabaseUnavailableError, match="ix_messages_words"):
        await building
    await holding.rollback()
    assert await rows(used, INTERRUPTED)
    assert await build_missing(used)
    assert not await rows(used, INTERRUPTED)


async def test_while_another_process_builds_nothing_is_begun(used: PostgresDatabase, other: asyncpg.Connection) -> None:
    before = await rows(used, ALL)
    async with other.transaction():
        await other.execute(THEIR_LOCK)
        assert not await build_missing(used)
    assert await rows(used, ALL) == before


class Idle:
    """A service that does nothing."""

    name = "idle"
    routers: Sequence[APIRouter] = ()
    checks: Mapping[str, Check] = {}

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


async def make_idle(_opened: Opened) -> Service:
    return Idle()


async def test_a_service_that_starts_builds_them_by_itself(used: PostgresDatabase) -> None:
    process = ServiceProcess("idle", Opened(used, LocalBus(), AsyncExitStack()), make_idle)
    await process.start()
    try:
        await seen(used, "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('ix_messages_words') AND indisvalid")
    finally:
        await process.stop()
