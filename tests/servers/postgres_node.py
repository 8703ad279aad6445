"""A PostgreSQL server of the tests' own, from the machine's programs: on loopback, on a free port, in one folder."""

import secrets
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.account import Account, unprivileged_account
from tests.servers.address import PostgresAddress
from tests.servers.process import Program, free_port

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
_TRIES = 3
_OPTIONS = ("max_connections=200", "shared_buffers=64MB", "max_wal_size=256MB", "unix_socket_directories=", "jit=off")
_FAST_SHUTDOWN = signal.SIGINT  # ends connections, keeps the data whole


class PostgresNodeError(Exception):
    """A server could not be made or started; the text says what it said itself."""


@dataclass(slots=True)
class PostgresNode:
    """A data folder and, at times, the server on it, which lives no longer than the thread that starts it."""

    programs: Path
    home: Path
    port: int = field(default_factory=free_port)
    account: Account = field(default_factory=unprivileged_account)
    _password: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    environment: Mapping[str, str] | None = None
    """What the server starts with; None: what we have."""
    _server: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> PostgresAddress:
        return PostgresAddress("127.0.0.1", self.port, "postgres", self._password, "postgres")

    @property
    def running(self) -> bool:
        """Whether the server lives."""
        return self._server is not None and self._server.poll() is None

    def initialise(self) -> None:
        """Make the data folder.

        Raises:
            PostgresNodeError: initdb says that it cannot be.
        """
        self.account.own(self.home)
        password_file = self.home / "password"
        password_file.write_text(self._password, encoding="ascii")
        self.account.own(password_file)
        options = ["-U", "postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--auth=scram-sha-256"]
        made = subprocess.run(
            [str(self.programs / "initdb"), "-D", str(self.home / "data"), f"--pwfile={password_file}", *options],
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            **self.account.for_subprocess(),
        )
        if made.returncode:
            raise PostgresNodeError(f"initdb failed: {made.stderr.strip()[-500:]}")

    def start(self) -> None:
        """Start the server on its data, and return when it takes connections; the first time a taken port is changed.

        Raises:
            PostgresNodeError: it does not, in time.
        """
        for _ in range(_TRIES):
            self.launch()
            if self.answers():
                return
            self.stop()
            self.port = free_port()
        raise PostgresNodeError(f"postgres did not start: {self._said()}")

    def launch(self) -> None:
        """Start the server and return at once."""
        with (self.home / "server.log").open("wb") as output:
            self._server = self.program().start(output)

    def program(self) -> Program:
        """The server on its data, at the present port."""
        command = [str(self.programs / "postgres"), "-D", str(self.home / "data")]
        for option in (*_OPTIONS, "listen_addresses=127.0.0.1", f"port={self.port}"):
            command += ["-c", option]
        return Program(command, self.home, self.account, self.environment, stops_by=_FAST_SHUTDOWN)

    def answers(self) -> bool:
        """Whether it takes connections in time; false at once where it ended, say because the port was taken."""
        deadline = time.monotonic() + START_TIMEOUT_S
        question = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while time.monotonic() < deadline and self._server is not None and self._server.poll() is None:
            if subprocess.run(question, check=False).returncode == 0:
                return True
            time.sleep(0.05)
        return False

    def stop(self) -> None:
        """End it in order; what it has stored stays."""
        self._end(_FAST_SHUTDOWN)

    def kill(self) -> None:
        """End it as a crash would: at once, to be recovered when it starts again."""
        # SIGQUIT to the first process ends all of them without a checkpoint; SIGKILL would leave the others behind.
        self._end(3)

    def signal(self, number: int) -> None:
        """Send the first process a signal."""
        if self._server is not None:
            self._server.send_signal(number)

    def _end(self, number: int) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        server.send_signal(number)
        try:
            server.wait(timeout=STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()

    def _said(self) -> str:
        return (self.home / "server.log").read_text(errors="replace").strip()[-500:]
