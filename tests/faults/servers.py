"""The servers that faults are done to: ours alone, killed and started again at will, and whole again after each row."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import aiormq
import asyncpg  # type: ignore[import-untyped]
from aiormq.abc import AbstractChannel

from tests.e2e.network import Network
from tests.e2e.waiting import until
from tests.servers.postgres import own_postgres
from tests.servers.postgres_node import PostgresNode
from tests.servers.rabbitmq import broker_of_node, rabbitmq_node
from tests.servers.rabbitmq_node import NodeError, RabbitNode

# RabbitMQ's own defaults:
MEMORY_LIMIT = "0.4"
DISK_LIMIT = "50MB"
PATIENCE_MS = 30 * 60 * 1000
TICK_MS = 60 * 1000


@dataclass(frozen=True)
class Servers:
    """A PostgreSQL and a RabbitMQ of this run."""

    postgres: PostgresNode
    rabbitmq: RabbitNode

    def network(self, name: str) -> Network:
        """Both, as deployments stand on them."""
        return Network(self.postgres.address, broker_of_node(self.rabbitmq), name)


@contextmanager
def own_servers() -> Iterator[Servers]:
    """Start both.

    Raises:
        ServerMissingError: the programs of one are not here.
    """
    with own_postgres() as postgres, rabbitmq_node() as rabbitmq:
        yield Servers(postgres, rabbitmq)


class RowBroker:
    """RabbitMQ during one row. Its node lives as long as the thread that starts it, so that is always the tests'."""

    def __init__(self, node: RabbitNode, vhost: str) -> None:
        self.node = node
        self.vhost = vhost
        self._log_began_at = len(self._log())

    async def kill(self, *, hard: bool = True) -> None:
        """End it, as a crash or in order; its data stay."""
        await asyncio.to_thread(lambda: self.node.kill(hard=hard))

    async def start(self) -> None:
        """Start it on the data that it has, and return when it serves."""
        self.node.launch()
        await asyncio.to_thread(self.node.wait)

    async def wipe(self) -> None:
        """Kill it, delete its data folder, and start it empty. The virtual host comes back as definitions bring it."""
        await self.kill()
        shutil.rmtree(self.node.home / "data")
        await self.start()
        await asyncio.to_thread(broker_of_node(self.node).with_own_vhost, self.vhost)

    async def ask(self, *arguments: str) -> str:
        """What rabbitmqctl answers.

        Raises:
            NodeError: it fails.
        """
        done = await asyncio.to_thread(self.node.ask, *arguments)
        if done.returncode:
            raise NodeError(f"rabbitmqctl {arguments[0]}: {done.stderr.strip()[-300:]}")
        return done.stdout

    @contextlib.asynccontextmanager
    async def channel(self) -> AsyncGenerator[AbstractChannel]:
        """A channel of a stranger, who may do with queues what he likes."""
        broker = broker_of_node(self.node)
        login = f"amqp://{broker.user}:{broker.password}@{broker.host}:{broker.port}/{self.vhost}"
        connection = await aiormq.connect(login)
        try:
            yield await connection.channel()
        finally:
            await connection.close()

    async def until_said(self, words: str, within_s: float = 60.0) -> None:
        """Return when its log has these words since the row began."""
        await until(lambda: words in self._log()[self._log_began_at :], f"RabbitMQ says {words!r}", within_s)

    async def limit(self, queue: str, length: int | None) -> None:
        """Let a queue hold so much and refuse what is more; None: as it was declared."""
        if length is None:
            await self.ask("clear_policy", "-p", self.vhost, "limit")
            return
        policy = f'{{"max-length": {length}, "overflow": "reject-publish"}}'
        await self.ask("set_policy", "-p", self.vhost, "--apply-to", "queues", "limit", f"^{queue}$", policy)

    async def set_patience(self, milliseconds: int | None) -> None:
        """How long a delivery may stay unacknowledged on channels opened from now; None: as RabbitMQ comes."""
        patience, tick = (milliseconds, 500) if milliseconds else (PATIENCE_MS, TICK_MS)
        for name, value in (("consumer_timeout", patience), ("channel_tick_interval", tick)):
            await self.ask("eval", f"application:set_env(rabbit, {name}, {value}).")

    async def make_whole(self) -> None:
        """Undo what a row did to it, or what one that failed may have left."""
        if not self.node.running:
            await self.start()
        await self.ask("set_vm_memory_high_watermark", MEMORY_LIMIT)
        await self.ask("set_disk_free_limit", DISK_LIMIT)

    def _log(self) -> str:
        files = sorted((self.node.home / "log").glob("*.log"))
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)


class RowDatabase:
    """PostgreSQL during one row."""

    def __init__(self, node: PostgresNode, name: str) -> None:
        self.node = node
        self.name = name

    async def kill(self, *, hard: bool = True) -> None:
        """End it, as a crash or in order; what it has promised stays."""
        await asyncio.to_thread(self.node.kill if hard else self.node.stop)

    async def start(self) -> None:
        """Start it again, and return when it takes connections."""
        self.node.launch()
        assert await asyncio.to_thread(self.node.answers), "PostgreSQL did not come back"

    async def run(self, statement: str, *values: Any) -> str:
        """Run a statement in the row's database, as its administrator."""
        at = self.node.address
        connection = await asyncpg.connect(
            host=at.host, port=at.port, user=at.user, password=at.password, database=self.name
        )
        try:
            status: str = await connection.execute(statement, *values)
        finally:
            await connection.close()
        return status

    async def make_whole(self) -> None:
        """Undo what a row did to it, or what one that failed may have left."""
        if self.node.environment is not None:
            self.node.environment = None
            await self.kill(hard=False)
        if not self.node.running:
            await self.start()
