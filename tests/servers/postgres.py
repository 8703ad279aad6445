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

from tests.servers.account import Account, unprivileged_account
from tests.servers.address import PostgresAddress, address_from_settings
from tests.servers.containers import container_engine
from tests.servers.process import free_port, run_until_parent_dies

START_TIMEOUT_S = 60.0
IMAGE = "postgres:16-alpine"
_TRIES = 3
_OPTIONS = ("max_connections=200", "shared_buffers=64MB", "max_wal_size=256MB", "unix_socket_directories=", "jit=off")


class ServerMissingError(Exception):
    """No such server can be had on this machine; the text says what was tried."""


@contextlib.contextmanager
def postgres_server() -> Generator[PostgresAddress]:
    """A running server, stopped at the end where it was started here.

    Raises:
        ServerMissingError: none can be had.
    """
    given = address_from_settings()
    programs = _programs()
    if given is not None:
        yield given
    elif programs is not None:
        with _own_server(programs) as address:
            yield address
    else:
        with _container() as address:
            yield address


def _programs() -> Path | None:
    """The newest folder that holds `initdb` and `postgres`."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    folders = [*installed, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


@contextlib.contextmanager
def _own_server(programs: Path) -> Generator[PostgresAddress]:
    account = unprivileged_account()
    home = Path(tempfile.mkdtemp(prefix="supportbot-postgres-"))
    try:
        account.own(home)
        password = _initialise(programs, home, account)
        process, port = _launch(programs, home, account)
        try:
            yield PostgresAddress("127.0.0.1", port, "postgres", password, "postgres")
        finally:
            _stop(process)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _initialise(programs: Path, home: Path, account: Account) -> str:
    password = secrets.token_urlsafe(18)
    password_file = home / "password"
    password_file.write_text(password, encoding="ascii")
    account.own(password_file)
    options = ["-U", "postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--auth=scram-sha-256"]
    made = subprocess.run(
        [str(programs / "initdb"), "-D", str(home / "data"), f"--pwfile={password_file}", *options],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        **account.for_subprocess(),
    )
    if made.returncode:
        raise ServerMissingError(f"initdb failed: {made.stderr.strip()[-500:]}")
    return password


def _launch(programs: Path, home: Path, account: Account) -> tuple[subprocess.Popen[bytes], int]:
    log = home / "server.log"
    for _ in range(_TRIES):
        port = free_port()
        command = [str(programs / "postgres"), "-D", str(home / "data")]
        for option in (*_OPTIONS, "listen_addresses=127.0.0.1", f"port={port}"):
            command += ["-c", option]
        with log.open("wb") as output:
            process = run_until_parent_dies(command, home, output, account)
        if _answers(programs, port, process):
            return process, port
        _stop(process)
    raise ServerMissingError(f"postgres did not start: {log.read_text(errors='replace').strip()[-500:]}")


def _answers(programs: Path, port: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether the server takes connections in time; false at once where it ended, say because the port was taken."""
    deadline = time.monotonic() + START_TIMEOUT_S
    question = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    while time.monotonic() < deadline and process.poll() is None:
        if subprocess.run(question, check=False).returncode == 0:
            return True
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(2)  # fast shutdown: ends connections, keeps the data whole
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


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
