"""Everything in this folder goes through PgBouncer, where no two transactions need to have the same connection."""

import contextlib
from collections.abc import AsyncGenerator, Generator

import pytest

from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.transactions import Database
from tests.protocol.probe import Probe
from tests.servers.address import PostgresAddress
from tests.servers.databases import POOL, empty
from tests.servers.pgbouncer import pgbouncer
from tests.servers.postgres import ServerMissingError


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any("PgBouncer could not be had" in str(report.longrepr) for report in skipped):
        terminalreporter.section("PgBouncer could not be had", sep="!", red=True, bold=True)
        terminalreporter.line("What goes through it was skipped; each skip says what was tried.")


@pytest.fixture(scope="session")
def pooled_address(postgres_address: PostgresAddress) -> Generator[PostgresAddress]:
    """The server's address, through PgBouncer."""
    with contextlib.ExitStack() as stack:
        try:
            address = stack.enter_context(pgbouncer(postgres_address))
        except ServerMissingError as error:
            pytest.skip(f"PgBouncer could not be had: {error}")
        yield address


@pytest.fixture(params=[pytest.param("pgbouncer", marks=pytest.mark.postgres)])
def dialect(request: pytest.FixtureRequest) -> str:
    """In place of each kind of database."""
    kind: str = request.param
    return kind


@pytest.fixture
async def postgres_database(pooled_address: PostgresAddress, postgres_name: str) -> AsyncGenerator[PostgresDatabase]:
    """A migrated, empty database behind PgBouncer."""
    database = PostgresDatabase(pooled_address.url(postgres_name), POOL)
    await empty(database)
    yield database
    await database.close()


@pytest.fixture
def database(postgres_database: PostgresDatabase, dialect: str) -> Database:
    """What the suites ask for."""
    return postgres_database


@pytest.fixture
async def probe(database: Database) -> Probe:
    """One Telegram chat and its bot's sender."""
    return await Probe.open(database)
