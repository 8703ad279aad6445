"""The pools of all processes together are held against what the server gives, when a process starts."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AsyncExitStack

import pytest
import structlog
from sqlalchemy import text

from supportbot.common.database.connections.check import (
    Connections,
    TooFewConnectionsError,
    check_connections,
    judge,
)
from supportbot.common.database.connections.names import connection_name, read_connection_name
from supportbot.common.database.connections.postgres import PoolSettings, PostgresDatabase
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.opener import SHARES, pool_of
from supportbot.common.settings import CommonSettings
from tests.servers.address import PostgresAddress
from tests.servers.postgres import ServerMissingError, own_postgres

OWN = connection_name("supportbot-gateway", 26)
PLACE = "db:5432"
Process = Callable[[str, int], PostgresDatabase]


def connections(most: int, *names: str, others: int = 0) -> Connections:
    return Connections(most, 3, {"psql": others, OWN: 2, **dict.fromkeys(names, 1)})


def test_processes_count_with_what_they_may_take_and_others_with_what_they_have() -> None:
    answerer, indexer = connection_name("supportbot-answerer", 22), connection_name("supportbot-indexer", 12)
    assert judge(connections(68, answerer, indexer, others=5), OWN, 26, PLACE) is None
    said = judge(connections(67, answerer, indexer, others=5), OWN, 26, PLACE)
    assert said is not None
    for part in ("64 connections", "max_connections=67", "may ask for 65", "answerer 22", "indexer 12", "at least 68"):
        assert part in said
    assert "other programs 5" in said


def test_replicas_of_one_service_count_each() -> None:
    *replicas, fourth = (connection_name("supportbot-answerer", 22) for _ in range(4))
    assert judge(connections(100, *replicas), OWN, 26, PLACE) is None
    assert "may ask for 114" in (judge(connections(100, *replicas, fourth), OWN, 26, PLACE) or "")


def test_a_process_that_alone_wants_more_than_there_are_does_not_start() -> None:
    with pytest.raises(TooFewConnectionsError, match=r"DB_POOL_SIZE.*97 connections.*alone may ask for 98.*least 101"):
        judge(connections(100), OWN, 98, PLACE)


@pytest.mark.parametrize("name", ["", "psql", "supportbot-gateway", "supportbot-gateway x abcdef", "s 9999999 abcdef"])
def test_a_name_of_another_program_is_none_of_ours(name: str) -> None:
    assert read_connection_name(name) is None


def test_one_of_each_service_fits_into_what_postgresql_gives_by_default() -> None:
    settings = CommonSettings(_env_file=None)
    capacities = {service: pool_of(settings, service).capacity for service in SHARES}
    assert capacities == {
        "supportbot-gateway": 26,
        "supportbot-answerer": 22,
        "supportbot-indexer": 11,
        "supportbot-admin-api": 16,
        "supportbot-command": 5,
    }
    assert pool_of(settings, "supportbot") == PoolSettings(10, 20, 30, 3600, pre_ping=True)


def test_what_is_set_holds_for_every_service() -> None:
    settings = CommonSettings(_env_file=None, db_pool_size=2, db_max_overflow=0)
    assert {pool_of(settings, service).capacity for service in ("supportbot-answerer", "supportbot-indexer")} == {4}


async def test_sqlite_has_no_such_limit(sqlite_database: SqliteDatabase) -> None:
    with structlog.testing.capture_logs() as said:
        await check_connections(sqlite_database)
    assert said == []


@pytest.fixture(scope="module")
def lonely_server() -> Iterator[PostgresAddress]:
    """Nobody else is connected to it, as processes of other tests would be."""
    try:
        with own_postgres() as node:
            yield node.address
    except ServerMissingError as error:
        pytest.skip(str(error))


@pytest.fixture
async def process(lonely_server: PostgresAddress) -> AsyncGenerator[Process]:
    """Makes a database as a process of a service would, with pools of this size."""
    async with AsyncExitStack() as stack:

        def make(service: str, size: int) -> PostgresDatabase:
            pool = PoolSettings(size, max_overflow=0, intake=0)
            database = PostgresDatabase(lonely_server.url("postgres"), pool, service)
            stack.push_async_callback(database.close)
            return database

        yield make


async def limit(database: PostgresDatabase) -> int:
    async def ask(connection: object) -> int:
        statement = text("SELECT current_setting('max_connections')::int")
        found: int = (await connection.execute(statement)).scalar_one()  # type: ignore[attr-defined]
        return found

    return await database.read(ask)


@pytest.mark.postgres
async def test_the_process_that_is_too_much_says_so_with_the_figures(process: Process) -> None:
    probe = process("supportbot-indexer", 1)
    most = await limit(probe)
    await probe.close()
    first, second = process("supportbot-gateway", most // 2), process("supportbot-answerer", most // 2)
    with structlog.testing.capture_logs() as said:
        await check_connections(first)
        assert said == []
        await check_connections(second)
    (line,) = said
    assert line["log_level"] == "warning"
    for part in (f"max_connections={most}", f"supportbot-gateway {first.capacity}", f"answerer {second.capacity}"):
        assert part in line["event"]


@pytest.mark.postgres
async def test_a_process_that_is_too_much_alone_is_refused_by_a_real_server(process: Process) -> None:
    probe = process("supportbot-indexer", 1)
    greedy = process("supportbot-gateway", await limit(probe))
    with pytest.raises(TooFewConnectionsError, match=r"DB_POOL_SIZE.*max_connections"):
        await check_connections(greedy)
