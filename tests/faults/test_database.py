"""PostgreSQL away, full, busy, in conflict or lying about a commit: what is not stored is not acknowledged."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg  # type: ignore[import-untyped]
import pytest

from tests.e2e.small_disk import SmallDisk, small_disk
from tests.e2e.waiting import until
from tests.faults import alerts
from tests.faults.conftest import StartSystem
from tests.faults.lengths import lasting
from tests.faults.repeats import labelled
from tests.faults.system import System
from tests.servers.postgres_wire import stop_at_commit
from tests.servers.stops import first_of

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
IN_FLIGHT_S = 2.0
"""What was accepted just before may still be counted so long."""
LOCKED_S = lasting(15, 60)
LONGEST_REFUSAL_S = 5.0
"""In which an update is refused, with Telegram's pause of 2 s before it comes again."""
TAKEN_IN = ("conversations", "messages", "updates", "outbox")


async def all_are_refused(system: System, seconds: float) -> int:
    """For so long no update is accepted; each gets 503. Gives their number."""
    await asyncio.sleep(IN_FLIGHT_S)
    before = system.telegram.webhook_deliveries()
    await asyncio.sleep(seconds)
    after = system.telegram.webhook_deliveries()
    refused = after.get("failed", 0) - before.get("failed", 0)
    said = system.telegram.world.webhook.last_error_message
    system.saw(f"meanwhile {refused} updates refused, none accepted")
    assert after["delivered"] == before["delivered"]
    assert refused
    assert said is not None
    assert "503" in said
    return int(refused)


@pytest.mark.parametrize("hard", [True, False])
@pytest.mark.fault("F15", "PostgreSQL restarts", "it ends, as a crash or in order, and comes back (10 s; long: 60 s)")
async def test_while_postgres_is_away_updates_are_refused_and_then_all_is_caught_up(
    system: System, *, hard: bool
) -> None:
    await system.database.kill(hard=hard)
    await all_are_refused(system, lasting(10, 60))
    await system.database.start()
    await system.asks_again_and_recovers()


COMMITS = {
    "a message in": ("gateway", "INSERT INTO messages"),
    "a finished turn": ("answerer", "INSERT INTO answers"),
    "replies marked as on their way": ("gateway", "attempts=(outbound.attempts"),
    "a reply noted as sent": ("gateway", "sent_at=clock_timestamp()"),
}


@pytest.mark.parametrize("what", COMMITS)
@pytest.mark.fault("F16", "the acknowledgement of a commit is lost", "PostgreSQL commits, and the connection is cut")
async def test_what_was_committed_without_our_knowledge_has_no_second_effect(system: System, what: str) -> None:
    service, words = COMMITS[what]
    stops = {
        name: stop_at_commit(system.links.one(name, "postgres"), words, "after")
        for name in system.names
        if name.startswith(service)
    }
    stops[await first_of(stops)].cut()
    system.saw(what)
    await system.asks_again_and_recovers()
    assert not labelled(system)


@pytest.mark.fault("F17", "the pool is exhausted", "a stranger locks the table of messages for 15 s")
async def test_a_full_pool_refuses_within_bounds_and_is_told(start_system: StartSystem) -> None:
    system = await alerts.start_with_chat(start_system, DB_MONITOR_CHECK_INTERVAL="1")
    async with stranger(system) as other, other.transaction():
        await other.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        refused = await all_are_refused(system, LOCKED_S)
        assert refused > LOCKED_S / LONGEST_REFUSAL_S
    told = await alerts.until_told(system, "nobody gave a connection back in time")
    system.saw(f"told: {told}")
    await system.asks_again_and_recovers()


@asynccontextmanager
async def stranger(system: System) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's connection to our database, as its administrator."""
    at = system.database.node.address
    connection = await asyncpg.connect(
        host=at.host, port=at.port, user=at.user, password=at.password, database=system.database.name
    )
    try:
        yield connection
    finally:
        await connection.close()


@pytest.mark.fault("F18", "a deadlock", "a stranger takes a table and a conversation in the other order")
async def test_a_transaction_that_ended_in_a_deadlock_is_done_again(system: System) -> None:
    await system.until_quiet()
    async with stranger(system) as other:
        await other.execute("SET deadlock_timeout = '60s'")  # so that it is ours that is ended, after one second
        for table in ("messages", "answers"):
            before = await deadlocks(other)
            async with other.transaction():
                await other.execute(f"LOCK TABLE {table} IN SHARE MODE")
                chat = system.people.ask("How do I return an item?")
                await waiting_for(other, table)
                await other.execute("UPDATE conversations SET user_name = user_name WHERE chat = $1", str(chat))
            await system.answered()
            await until_deadlocks(other, before + 1)
            system.saw(f"a deadlock at {table}, of which we were the victim")
    system.people.begin()
    await system.asks_again_and_recovers()


async def waiting_for(other: asyncpg.Connection, table: str) -> None:
    """Return when somebody waits for a table, having a conversation's row already."""
    wanted = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = $1::regclass"
    async with asyncio.timeout(30):
        while not await other.fetchval(wanted, table):  # noqa: ASYNC110  # another process rings no bell
            await asyncio.sleep(0.005)


async def deadlocks(other: asyncpg.Connection) -> int:
    """How many PostgreSQL has counted in our database."""
    number: int = await other.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return number


async def until_deadlocks(other: asyncpg.Connection, number: int) -> None:
    """Return when so many are counted; PostgreSQL writes its counts a little later."""
    async with asyncio.timeout(30):
        while await deadlocks(other) < number:  # noqa: ASYNC110  # another process rings no bell
            await asyncio.sleep(0.1)


CONFLICTS = """
CREATE SEQUENCE conflicts;
CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('conflicts') % 7 = 1 THEN
        RAISE EXCEPTION 'could not serialize access due to concurrent update' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NEW;
END $$;
"""


@pytest.mark.fault("F18", "serialization failures", "every seventh write of a message, answer, reply or event fails so")
async def test_a_transaction_that_could_not_be_serialized_is_done_again(system: System) -> None:
    tables = ("messages", "answers", "outbound", "outbox")
    await system.database.run(CONFLICTS)
    for table in tables:
        await system.database.run(
            f"CREATE TRIGGER conflict BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION conflict()"
        )
    async with system.goes_on(answering=True):
        await system.people.until_asked(20)
    tried = int(system.product.rows("SELECT last_value FROM conflicts")[0][0])
    for table in tables:
        await system.database.run(f"DROP TRIGGER conflict ON {table}")
    system.saw(f"{(tried + 6) // 7} transactions failed so")
    await system.asks_again_and_recovers()
    assert not labelled(system)


@pytest.mark.fault("F19", "the database can only be read", "default_transaction_read_only is on (10 s; long: 60 s)")
async def test_what_a_read_only_database_cannot_store_is_refused(system: System) -> None:
    await system.database.run("ALTER SYSTEM SET default_transaction_read_only = on")
    await system.database.run("SELECT pg_reload_conf()")
    try:
        await all_are_refused(system, lasting(10, 60))
    finally:
        await system.database.run("ALTER SYSTEM RESET default_transaction_read_only")
        await system.database.run("SELECT pg_reload_conf()")
    await system.asks_again_and_recovers()


@pytest.mark.fault("F19", "the database's disk is full", "tables lie on a small disk that is filled (10 s; long: 60 s)")
async def test_what_a_full_disk_cannot_store_is_refused(system: System) -> None:
    with small_disk(system.database.node.home / "small", megabytes=16) as disk:
        await system.until_quiet()
        async with tables_on(disk, system):
            disk.fill()
            system.people.begin()
            before = system.telegram.webhook_deliveries().get("failed", 0)
            await until(lambda: is_refusing(system, before), "a refusal", 60)
            await asyncio.sleep(lasting(10, 60))
            assert disk.is_full()
            assert is_refusing(system, before)
            refused = system.telegram.webhook_deliveries()["failed"] - before
            system.saw(f"{refused} updates refused with 503; what little found room was stored")
            disk.free()
            await system.asks_again_and_recovers()


def is_refusing(system: System, since: int) -> bool:
    """Whether more updates than so many have been refused, the last one with 503."""
    said = system.telegram.world.webhook.last_error_message or ""
    return "503" in said and system.telegram.webhook_deliveries().get("failed", 0) > since


@asynccontextmanager
async def tables_on(disk: SmallDisk, system: System) -> AsyncIterator[None]:
    """What updates are stored in lies on this disk."""
    database, place = system.database, disk.folder / "tables"
    place.mkdir()
    for folder in (disk.folder, place):
        database.node.account.own(folder)
    await database.run(f"CREATE TABLESPACE small LOCATION '{place}'")
    for table in TAKEN_IN:
        await database.run(f"ALTER TABLE {table} SET TABLESPACE small")
    try:
        yield
    finally:
        disk.free()
        for table in TAKEN_IN:
            await database.run(f"ALTER TABLE {table} SET TABLESPACE pg_default")
        await database.run("DROP TABLESPACE small")
