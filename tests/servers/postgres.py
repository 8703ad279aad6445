"""A PostgreSQL server for the tests: the one that settings name, the machine's own programs, or a container.

What is started listens on loopback only, has a data folder of its own and dies with the process that started it.
"""

import contextlib
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

from tests.servers.address import PostgresAddress, address_from_settings
from tests.servers.containers import container_engine
from tests.servers.postgres_node import PostgresNode, PostgresNodeError

START_TIMEOUT_S = 60.0
IMAGE = "postgres:16-alpine"


class ServerMissingError(Exception):
    """No such server can be had on this machine; the text says what was tried."""


@contextlib.contextmanager
def postgres_server() -> Generator[PostgresAddress]:
    """A running server, stopped at the end where it was started here.

    Raises:
        ServerMissingError: none can be had.
    """
    given = address_from_settings()
    if given is not None:
        yield given
    elif postgres_programs() is not None:
        with own_postgres() as node:
            yield node.address
    else:
        with _container() as address:
            yield address


def postgres_programs() -> Path | None:
    """The newest folder that holds `initdb` and `postgres`."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    folders = [*installed, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


@contextlib.contextmanager
def own_postgres() -> Generator[PostgresNode]:
    """A server of one's own, to be killed, stopped and started again at will.

    Raises:
        ServerMissingError: its programs are not here.
    """
    found = postgres_programs()
    if found is None:
        raise ServerMissingError("initdb was not found; only a server of our own can be killed and restarted")
    home = Path(tempfile.mkdtemp(prefix="supportbot-postgres-"))
    node = PostgresNode(found, home)
    try:
        node.initialise()
        node.start()
        yield node
    except PostgresNodeError as error:
        raise ServerMissingError(str(error)) from error
    finally:
        node.stop()
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _container() -> Generator[PostgresAddress]:
    engine = container_engine()
    if engine is None:
        raise ServerMissingError("neither PostgreSQL's programs nor a container engine that answers were found")
    password = secrets.token_urlsafe(18)
    environment = ["-e", f"POSTGRES_PASSWORD={password}"]
    started = _output([engine, "run", "--rm", "-d", "-p", "127.0.0.1::5432", *environment, IMAGE])
    try:
        port = int(_output([engine, "port", started, "5432/tcp"]).splitlines()[0].rsplit(":", 1)[1])
        _wait_for_container(engine, started)
        yield PostgresAddress("127.0.0.1", port, "postgres", password, "postgres")
    finally:
        subprocess.run([engine, "rm", "-f", started], capture_output=True, check=False)


def _wait_for_container(engine: str, name: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    # Asked over TCP: while it sets itself up, the image's server answers on its socket only.
    question = [engine, "exec", name, "pg_isready", "-q", "-h", "127.0.0.1"]
    while subprocess.run(question, capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            raise ServerMissingError(f"the container of {IMAGE} did not answer in {START_TIMEOUT_S:.0f} s")
        time.sleep(0.2)


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerMissingError(f"{' '.join(command[:2])} failed: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()
