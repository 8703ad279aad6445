"""A Redis server for the tests: the one that settings name, or the machine's own program on a free port."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.account import unprivileged_account
from tests.servers.process import Program, free_port

START_TIMEOUT_S = 30.0


class RedisMissingError(Exception):
    """No Redis can be had on this machine; the text says what was tried."""


@dataclass(frozen=True)
class RedisAddress:
    """A server that is up."""

    host: str
    port: int
    password: str


@dataclass
class RedisServer:
    """A server that a test may kill and start again at the same port; it forgets everything then."""

    home: Path
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> RedisAddress:
        return RedisAddress("127.0.0.1", self.port, self.password)

    def program(self) -> Program:
        """The server, whose configuration is written."""
        account = unprivileged_account()
        account.own(self.home)
        configuration = self.home / "redis.conf"
        options = (
            "bind 127.0.0.1",
            f"port {self.port}",
            f'requirepass "{self.password}"',
            'save ""',
            f"dir {self.home}",
        )
        configuration.write_text("\n".join((*options, "")), encoding="ascii")
        account.own(configuration)
        return Program(["redis-server", str(configuration)], self.home, account)

    def start(self) -> None:
        """Returns when it accepts."""
        with (self.home / "server.log").open("ab") as output:
            self._process = self.program().start(output)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = (self.home / "server.log").read_text(errors="replace").strip()
                raise RedisMissingError(f"redis-server did not start: {log[-500:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _accepts(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


@contextlib.contextmanager
def own_redis() -> Generator[RedisServer]:
    """A server of the test's own.

    Raises:
        RedisMissingError: the program is not here.
    """
    if shutil.which("redis-server") is None:
        raise RedisMissingError("redis-server was not found; install Debian's redis-server")
    home = Path(tempfile.mkdtemp(prefix="supportbot-redis-"))
    server = RedisServer(home)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def redis_server() -> Generator[RedisAddress]:
    """The server that TEST_REDIS_HOST and its companions name, or one of the test's own."""
    host = os.environ.get("TEST_REDIS_HOST")
    if host:
        port = int(os.environ.get("TEST_REDIS_PORT", "6379"))
        yield RedisAddress(host, port, os.environ.get("TEST_REDIS_PASSWORD", ""))
        return
    with own_redis() as server:
        yield server.address
