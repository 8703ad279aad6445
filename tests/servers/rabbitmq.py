"""A RabbitMQ broker for the tests: the one that settings name, the machine's own programs, or a container.

What is started listens on loopback only, has a folder of its own and dies with the process that started it.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from yarl import URL

from tests.servers.containers import container_engine
from tests.servers.postgres import ServerMissingError
from tests.servers.rabbitmq_node import NodeError, RabbitNode, programs

IMAGE = "rabbitmq:4-alpine"
START_TIMEOUT_S = 90.0
Control = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker, and a virtual host in which tests may do what they like. `control` is rabbitmqctl, where we have it."""

    host: str
    port: int
    user: str
    password: str
    vhost: str = "/"
    scheme: str = "amqp"
    control: Control | None = None

    def url(self, *, port: int | None = None) -> str:
        """Its address; with `port`, by way of something on loopback that passes on to it."""
        place = f"127.0.0.1:{port}" if port else f"{self.host}:{self.port}"
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"{self.scheme}://{login}@{place}/{quote(self.vhost, safe='')}"

    def with_own_vhost(self, name: str) -> "Broker":
        """The same broker with a new virtual host, where we may make one."""
        if self.control is None:
            return self
        self.control("add_vhost", name)
        done = self.control("set_permissions", "-p", name, self.user, ".*", ".*", ".*")
        if done.returncode:
            raise NodeError(f"A virtual host could not be made: {done.stderr.strip()[-300:]}")
        return replace(self, vhost=name)


@contextlib.contextmanager
def rabbitmq_broker() -> Generator[Broker]:
    """A running broker, stopped at the end where it was started here.

    Raises:
        ServerMissingError: none can be had.
    """
    given = os.environ.get("TEST_RABBITMQ_URL") or os.environ.get("RABBITMQ_URL")
    if given:
        yield _broker_of(given)
        return
    with rabbitmq_node() if programs() else _container() as started:
        yield broker_of_node(started) if isinstance(started, RabbitNode) else started


@contextlib.contextmanager
def rabbitmq_node() -> Generator[RabbitNode]:
    """A node of one's own, to be killed, stopped and wiped at will."""
    folder = programs()
    if folder is None:
        raise ServerMissingError("rabbitmq-server was not found; only a broker of our own can be killed and restarted")
    home = Path(tempfile.mkdtemp(prefix="supportbot-rabbitmq-"))
    node = RabbitNode(folder, home)
    try:
        node.start()
        yield node
    except NodeError as error:
        raise ServerMissingError(str(error)) from error
    finally:
        node.stop()
        shutil.rmtree(home, ignore_errors=True)


def broker_of_node(node: RabbitNode) -> Broker:
    return Broker("127.0.0.1", node.port, node.user, node.password, control=node.ask)


def _broker_of(text: str) -> Broker:
    url = URL(text)
    vhost = url.raw_path[1:].replace("%2F", "/").replace("%2f", "/") or "/"
    user, password = url.user or "guest", url.password or "guest"
    return Broker(url.host or "127.0.0.1", url.port or 5672, user, password, vhost, url.scheme)


@contextlib.contextmanager
def _container() -> Generator[Broker]:
    engine = container_engine()
    if engine is None:
        raise ServerMissingError("neither rabbitmq-server nor a container engine that answers were found")
    password = secrets.token_urlsafe(18)
    environment = ["-e", "RABBITMQ_DEFAULT_USER=tests", "-e", f"RABBITMQ_DEFAULT_PASS={password}"]
    name = _run([engine, "run", "--rm", "-d", "-p", "127.0.0.1::5672", *environment, IMAGE]).stdout.strip()

    def control(*arguments: str) -> subprocess.CompletedProcess[str]:
        return _run([engine, "exec", name, "rabbitmqctl", "--quiet", *arguments])

    try:
        port = int(_run([engine, "port", name, "5672/tcp"]).stdout.splitlines()[0].rsplit(":", 1)[1])
        deadline = time.monotonic() + START_TIMEOUT_S
        while control("await_startup", "--timeout", "60").returncode:
            if time.monotonic() > deadline:
                raise ServerMissingError(f"the container of {IMAGE} did not answer in {START_TIMEOUT_S:.0f} s")
            time.sleep(0.5)
        yield Broker("127.0.0.1", port, "tests", password, control=control)
    finally:
        _run([engine, "rm", "-f", name])


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
