"""PgBouncer in transaction mode before a PostgreSQL server, with so few connections that they are always shared."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from tests.servers.account import unprivileged_account
from tests.servers.address import PostgresAddress
from tests.servers.postgres import ServerMissingError
from tests.servers.process import free_port, run_until_parent_dies

START_TIMEOUT_S = 20.0
SHARED = 3
"""Connections to the server for each database: fewer than any pool of ours, so that sessions mix."""
_SETTINGS = """\
[databases]
* = host={server.host} port={server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
default_pool_size = {shared}
max_client_conn = 300
"""


@contextlib.contextmanager
def pgbouncer(server: PostgresAddress) -> Generator[PostgresAddress]:
    """The same server's address, through PgBouncer.

    Raises:
        ServerMissingError: PgBouncer is not installed, or does not start.
    """
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        raise ServerMissingError("the program pgbouncer was not found")
    account = unprivileged_account()
    home = Path(tempfile.mkdtemp(prefix="supportbot-pgbouncer-"))
    process = None
    try:
        through = replace(server, host="127.0.0.1", port=free_port())
        settings = _write_settings(home, server, through.port)
        for path in (home, *home.iterdir()):
            account.own(path)
        with (home / "log").open("wb") as output:
            process = run_until_parent_dies([program, str(settings)], home, output, account)
        _wait_until_it_listens(process, through.port, home / "log")
        yield through
    finally:
        if process is not None:
            process.terminate()
            process.wait(timeout=20)
        shutil.rmtree(home, ignore_errors=True)


def _write_settings(home: Path, server: PostgresAddress, port: int) -> Path:
    users = home / "users"
    users.touch(mode=0o600)
    users.write_text(f'"{server.user}" "{server.password}"\n')
    settings = home / "pgbouncer.ini"
    settings.write_text(_SETTINGS.format(server=server, port=port, users=users, shared=SHARED))
    return settings


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise ServerMissingError(f"pgbouncer did not start: {log.read_text(errors='replace').strip()[-500:]}")
