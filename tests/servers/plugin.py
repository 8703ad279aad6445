"""The pytest side of the servers: started once a run, by the controller where several workers share the tests."""

import contextlib
import os
import shutil
import signal
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import pytest

from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.transactions import Database
from tests.servers.address import PostgresAddress
from tests.servers.databases import POOL, create_database, drop_database, empty, make_postgres, make_sqlite, run
from tests.servers.postgres import ServerMissingError, postgres_server

_MISSING = "missing: "


class PostgresOfRun:
    """Starts the server when it is first asked for; answers with its address, or with why there is none."""

    def __init__(self) -> None:
        self._running = contextlib.ExitStack()
        self._answer: str | None = None

    def answer(self) -> str:
        if self._answer is None:
            try:
                self._answer = self._running.enter_context(postgres_server()).encode()
            except ServerMissingError as error:
                self._answer = f"{_MISSING}{error}"
        return self._answer

    def stop(self) -> None:
        self._running.close()


SERVER = pytest.StashKey[PostgresOfRun]()


def pytest_configure(config: pytest.Config) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: servers are stopped, folders removed
    config.stash[SERVER] = PostgresOfRun()


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(SERVER, None)
    if server is not None:
        server.stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the controller's server is."""
    node.workerinput["postgres"] = node.config.stash[SERVER].answer()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    server = terminalreporter.config.stash[SERVER]
    answer = server._answer or ""
    if answer.startswith(_MISSING):
        terminalreporter.section("PostgreSQL could not be had", sep="!", red=True, bold=True)
        terminalreporter.line(f"{answer.removeprefix(_MISSING)}. Everything marked `postgres` was skipped.")


@pytest.fixture(scope="session")
def postgres_address(request: pytest.FixtureRequest) -> PostgresAddress:
    """A server on which databases can be made. Tests that use it are marked `postgres`."""
    given = getattr(request.config, "workerinput", {}).get("postgres")
    answer = given or request.config.stash[SERVER].answer()
    if answer.startswith(_MISSING):
        pytest.skip(f"PostgreSQL could not be had: {answer.removeprefix(_MISSING)}")
    return PostgresAddress.decode(answer)


@pytest.fixture(scope="session")
def postgres_name(postgres_address: PostgresAddress, worker_name: str) -> Generator[str]:
    """A migrated database of this worker's own."""
    name = f"supportbot_test_{worker_name}"
    run(make_postgres(postgres_address, name))
    yield name
    run(drop_database(postgres_address, name))


@pytest.fixture
def bare_postgres(postgres_address: PostgresAddress, worker_name: str) -> Generator[str]:
    """The name of a new database without any tables."""
    name = f"supportbot_bare_{worker_name}"
    run(create_database(postgres_address, name))
    yield name
    run(drop_database(postgres_address, name))


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    """Different for every process that runs tests, also of different runs on one server."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    return f"{worker}_{os.getpid()}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    run(make_sqlite(path))
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def dialect(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    kind: str = request.param
    return kind


@pytest.fixture
def database(dialect: str, request: pytest.FixtureRequest) -> Database:
    """A migrated, empty database: the test runs once on SQLite and once on PostgreSQL."""
    made: Database = request.getfixturevalue("sqlite_database" if dialect == "sqlite" else "postgres_database")
    return made


@pytest.fixture
async def sqlite_database(sqlite_template: Path, tmp_path: Path) -> AsyncGenerator[SqliteDatabase]:
    path = tmp_path / "supportbot.db"
    shutil.copyfile(sqlite_template, path)
    database = SqliteDatabase(path)
    yield database
    await database.close()


@pytest.fixture
async def postgres_database(postgres_address: PostgresAddress, postgres_name: str) -> AsyncGenerator[PostgresDatabase]:
    database = PostgresDatabase(postgres_address.url(postgres_name), POOL)
    await empty(database)
    yield database
    await database.close()
