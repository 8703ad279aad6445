"""A RabbitMQ node of the tests' own, from the programs of Debian's package: on loopback, on free ports, in one folder.

Debian's wrappers in /usr/sbin want systemd and the account `rabbitmq`; the scripts behind them want neither.
"""

import os
import secrets
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.process import Program, free_port

START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 30.0
_CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
default_user = {user}
default_pass = {password}
# Small and quick: a write-ahead log of 512 MB is nothing for a test.
raft.wal_max_size_bytes = 16000000
log.file.level = info
"""


class NodeError(Exception):
    """A node did not start, or did not do what it was told; the text says what it said itself."""


def programs() -> Path | None:
    """The newest folder that holds the scripts `rabbitmq-server` and `rabbitmqctl`."""
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    return found[-1].parent if found else None


@dataclass(slots=True)
class RabbitNode:
    """A node and the port mapper it needs; both end with `stop`, at the latest with this process."""

    programs: Path
    home: Path
    user: str = "tests"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    port: int = field(default_factory=free_port)
    mapper_port: int = field(default_factory=free_port)
    _distribution_port: int = field(default_factory=free_port)
    _mapper: subprocess.Popen[bytes] | None = None
    _server: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the node lives."""
        return self._server is not None and self._server.poll() is None

    @property
    def environment(self) -> dict[str, str]:
        """Everything that keeps this node apart from any other on the machine."""
        return {
            "HOME": str(self.home),
            "RABBITMQ_NODENAME": f"tests-{self.port}@localhost",
            "RABBITMQ_MNESIA_BASE": str(self.home / "data"),
            "RABBITMQ_LOG_BASE": str(self.home / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.home / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.home / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none",
            "RABBITMQ_CTL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "ERL_EPMD_PORT": str(self.mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "detached": "1",  # makes the script become the node instead of its parent, so that its id is the node's
        }

    def start(self) -> None:
        """Start the node, with the data that it has, and wait until it serves."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start the node. It lives no longer than the thread that calls this."""
        mapper, server = self.programs_to_run()
        if self._mapper is None:
            self._mapper = self._run(mapper)
        self._server = self._run(server)

    def programs_to_run(self) -> tuple[Program, Program]:
        """The port mapper and the node, whose configuration is written."""
        configuration = _CONFIGURATION.format(port=self.port, user=self.user, password=self.password)
        (self.home / "rabbitmq.conf").write_text(configuration, encoding="ascii")
        (self.home / "rabbitmq-env.conf").touch()
        (self.home / "plugins").write_text("[].", encoding="ascii")
        environment = {**os.environ, **self.environment}
        mapper = ["epmd", "-address", "127.0.0.1", "-port", str(self.mapper_port)]
        return (
            Program(mapper, self.home, environment=environment),
            Program([str(self.programs / "rabbitmq-server")], self.home, environment=environment),
        )

    def wait(self) -> None:
        """Wait until the node serves.

        Raises:
            NodeError: it does not, in time.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.ask("await_startup", "--timeout", "60").returncode:
            if self._server is None or self._server.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise NodeError(f"rabbitmq-server did not start: {self._said()}")
            time.sleep(0.5)

    def stop(self) -> None:
        """End the node and its port mapper."""
        self.kill(hard=False)
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait()
            self._mapper = None

    def kill(self, *, hard: bool = True) -> None:
        """End the node only; `start` brings it back."""
        server, self._server = self._server, None
        if server is None:
            return
        if hard:
            server.kill()
        else:
            server.terminate()
        try:
            server.wait(timeout=STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run rabbitmqctl, which takes about a second."""
        return subprocess.run(
            [str(self.programs / "rabbitmqctl"), "--quiet", *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def signal(self, number: int) -> None:
        """Send the node a signal, say to stop it for a while."""
        if self._server is not None:
            self._server.send_signal(number)

    def _run(self, program: Program) -> subprocess.Popen[bytes]:
        with (self.home / "output").open("ab") as output:
            return program.start(output)

    def _said(self) -> str:
        return (self.home / "output").read_text(errors="replace").strip()[-800:]
