"""PostgreSQL: conflicts are tried again, outages are one kind of error, and a full pool holds nobody up for long."""

import asyncio

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import AlertRaised
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.clock import after
from supportbot.common.database.connections.postgres import INTAKE_POOL, PoolSettings, PostgresDatabase
from supportbot.common.database.schema.tables import bots, quarantine
from supportbot.common.database.transactions import DatabaseUnavailableError, Transaction
from supportbot.common.ids import uuid7
from tests.servers.address import PostgresAddress
from tests.servers.process import free_port

pytestmark = pytest.mark.postgres
_DIE = text("SELECT pg_terminate_backend(pg_backend_pid())")


async def _add(tx: Transaction, bot: str) -> str:
    never = after(-1)
    await tx.execute(insert(bots).values(bot=bot, sender_until=never, poller_until=never))
    return bot


async def _stored(connection: AsyncConnection) -> set[str]:
    return set((await connection.execute(select(bots.c.bot))).scalars())


async def _lock(tx: Transaction, bot: str) -> None:
    await tx.execute(update(bots).where(bots.c.bot == bot).values(sender_until=after(1)))


async def test_a_deadlock_is_tried_again_and_its_events_are_told_once(postgres_database: PostgresDatabase) -> None:
    heard: list[Event] = []
    postgres_database.after_commit(heard.extend)
    await postgres_database.write(lambda tx: _add(tx, "a"))
    await postgres_database.write(lambda tx: _add(tx, "b"))
    both_hold = asyncio.Barrier(2)
    tries = 0

    async def cross(tx: Transaction, first: str, second: str) -> None:
        nonlocal tries
        tries += 1
        await tx.emit(AlertRaised(correlation_id=uuid7(), kind="test", severity="warning", text=first))
        await _lock(tx, first)
        if tries <= 2:
            await both_hold.wait()
        await _lock(tx, second)

    await asyncio.gather(
        postgres_database.write(lambda tx: cross(tx, "a", "b")), postgres_database.write(lambda tx: cross(tx, "b", "a"))
    )
    assert tries == 3
    assert len(heard) == 2


async def test_a_connection_that_is_cut_is_an_outage_and_the_next_one_works(
    postgres_database: PostgresDatabase,
) -> None:
    async def cut(tx: Transaction) -> None:
        await _add(tx, "lost")
        await tx.execute(_DIE)

    with pytest.raises(DatabaseUnavailableError):
        await postgres_database.write(cut)
    assert await postgres_database.write(lambda tx: _add(tx, "kept")) == "kept"
    assert await postgres_database.read(_stored) == {"kept"}


async def test_connections_that_were_cut_while_idle_are_replaced_unnoticed(
    postgres_database: PostgresDatabase, postgres_address: PostgresAddress, postgres_name: str
) -> None:
    await postgres_database.write(lambda tx: _add(tx, "one"))
    killer = PostgresDatabase(postgres_address.url("postgres"), PoolSettings(size=1))

    async def cut_all(tx: Transaction) -> None:
        everyone = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        await tx.execute(everyone.bindparams(name=postgres_name))

    await killer.write(cut_all)
    await killer.close()
    assert await postgres_database.write(lambda tx: _add(tx, "two")) == "two"


async def test_a_read_only_server_is_an_outage(postgres_database: PostgresDatabase) -> None:
    async def write_nothing(tx: Transaction) -> None:
        await tx.execute(text("SET TRANSACTION READ ONLY"))
        await _add(tx, "one")

    with pytest.raises(DatabaseUnavailableError):
        await postgres_database.write(write_nothing)


async def test_a_server_that_is_not_there_is_named_without_its_password(postgres_address: PostgresAddress) -> None:
    away = PostgresAddress("127.0.0.1", free_port(), "bot_user", "hunter2", "telegram_bot")
    database = PostgresDatabase(away.url("telegram_bot"), PoolSettings(size=1, max_overflow=0, timeout=1))
    with pytest.raises(DatabaseUnavailableError, match="telegram_bot at 127") as caught:
        await database.read(_stored)
    with pytest.raises(DatabaseUnavailableError):
        await database.write(lambda tx: _add(tx, "one"))
    await database.close()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["password", "user", "database"])
async def test_what_the_server_does_not_let_in_is_told_like_an_outage(
    postgres_address: PostgresAddress, wrong: str
) -> None:
    right = postgres_address.url("postgres")
    url = {
        "password": right.set(password="wrong"),
        "user": right.set(username="nobody"),
        "database": right.set(database="no_such_database"),
    }[wrong]
    database = PostgresDatabase(url, PoolSettings(size=1, max_overflow=0, timeout=1))
    with pytest.raises(DatabaseUnavailableError):
        await database.read(_stored)
    await database.close()


async def test_a_full_intake_pool_says_so_soon_and_work_goes_on(postgres_database: PostgresDatabase) -> None:
    full, release = asyncio.Barrier(INTAKE_POOL + 1), asyncio.Event()

    async def hold(tx: Transaction) -> None:
        await tx.execute(select(1))
        await full.wait()
        await release.wait()

    holders = [asyncio.create_task(postgres_database.write(hold, lane="intake")) for _ in range(INTAKE_POOL)]
    await full.wait()
    with pytest.raises(DatabaseUnavailableError):
        await postgres_database.write(lambda tx: _add(tx, "late"), lane="intake")
    assert await postgres_database.write(lambda tx: _add(tx, "work")) == "work"
    release.set()
    await asyncio.gather(*holders)


async def test_claims_need_not_wait_for_the_disk_and_messages_do(postgres_database: PostgresDatabase) -> None:
    async def look(tx: Transaction) -> str:
        answer: str = (await tx.execute(text("SHOW synchronous_commit"))).scalar_one()
        return answer

    assert await postgres_database.write(look, lane="relaxed") == "off"
    assert await postgres_database.write(look, lane="intake") == "on"
    assert await postgres_database.write(look) == "on"


@pytest.mark.parametrize("body", ["NUL \x00", "half a pair \ud800"])
async def test_text_that_cannot_be_stored_is_a_mistake_and_no_outage(
    postgres_database: PostgresDatabase, body: str
) -> None:
    row = {"id": uuid7(), "bot": "1", "reason": "test", "body": body, "received_at": after(0)}

    async def work(tx: Transaction) -> None:
        await tx.execute(insert(quarantine).values(row))

    with pytest.raises((DBAPIError, UnicodeError)):
        await postgres_database.write(work)


async def test_who_stops_waiting_for_a_read_costs_no_connection(postgres_database: PostgresDatabase) -> None:
    begun = asyncio.Event()

    async def connection_id(connection: AsyncConnection) -> int:
        return int((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())

    async def look(connection: AsyncConnection) -> None:
        begun.set()
        await connection.execute(text("SELECT pg_sleep(0.1)"))

    before = await postgres_database.read(connection_id)
    reading = asyncio.create_task(postgres_database.read(look))
    await begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert postgres_database.pool_status()["checked_out"] == 1
    await asyncio.gather(*postgres_database._reads)
    assert await postgres_database.read(connection_id) == before


async def test_a_read_that_nobody_waits_for_ends_soon(postgres_database: PostgresDatabase) -> None:
    async def look(connection: AsyncConnection) -> None:
        await connection.execute(text("SELECT pg_sleep(60)"))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await postgres_database.read(look)
    async with asyncio.timeout(20):
        await asyncio.gather(*postgres_database._reads, return_exceptions=True)
    assert postgres_database.pool_status()["checked_out"] == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("password", "password authentication failed.*Set DB_USER and DB_PASSWORD"),
        ("database", 'database "nowhere_at_all" does not exist.*set DB_NAME'),
    ],
)
async def test_what_the_server_refuses_is_said_in_its_words(
    postgres_address: PostgresAddress, wrong: str, said: str
) -> None:
    url = postgres_address.url("nowhere_at_all" if wrong == "database" else "postgres")
    url = url.set(password="not-the-password") if wrong == "password" else url
    database = PostgresDatabase(url, PoolSettings(size=1, max_overflow=0))
    with pytest.raises(DatabaseUnavailableError, match=said) as raised:
        await database.read(_stored)
    await database.close()
    assert "not-the-password" not in str(raised.value)
