"""The servers that separate services stand on: started once, with a part of its own on each for every deployment."""

import contextlib
import itertools
import shutil
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.e2e.records import PostgresRecords
from tests.servers.address import PostgresAddress
from tests.servers.databases import create_database, drop_database, run
from tests.servers.rabbitmq import Broker
from tests.servers.redis import RedisMissingError, own_redis
from tests.servers.stand_in import stand_in

Server = Literal["postgres", "rabbitmq", "qdrant", "redis"]
EVERY_SERVER: tuple[Server, ...] = ("postgres", "rabbitmq", "qdrant", "redis")


@dataclass
class Network:
    """Servers of this run. Redis and Qdrant's stand-in are small enough to be started for each deployment."""

    postgres: PostgresAddress
    broker: Broker
    name: str
    """Different for every process that runs tests."""
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def own(self, folder: Path, servers: tuple[Server, ...] = EVERY_SERVER, *, like: "Stored | None" = None) -> "Own":
        """What belongs to one deployment only; `like` fills it with what another one has left."""
        return Own(self, f"{self.name}_{next(self._numbers)}", folder, servers, like)


@dataclass(frozen=True)
class Stored:
    """What an earlier deployment left: a database, and the folder of its Qdrant."""

    database: str
    qdrant: Path


class Own:
    """A database, a virtual host, a Qdrant and a Redis; `settings` say where."""

    def __init__(
        self, network: Network, name: str, folder: Path, servers: tuple[Server, ...], like: Stored | None
    ) -> None:
        self.settings: dict[str, str] = {}
        self.stored = Stored(f"supportbot_{name}", folder / "qdrant")
        self.records: PostgresRecords | None = None
        self._network = network
        self._like = like
        self._closing = contextlib.ExitStack()
        folder.mkdir(parents=True, exist_ok=True)
        openers = {"postgres": self._postgres, "rabbitmq": self._rabbitmq, "qdrant": self._qdrant, "redis": self._redis}
        try:
            for server in servers:
                self.settings |= openers[server]()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop what is this deployment's own, and keep what it has stored."""
        self._closing.close()

    def drop(self) -> None:
        """Forget what was stored too."""
        self.close()
        if "DB_HOST" in self.settings:
            _beside(drop_database(self._network.postgres, self.stored.database))

    def _postgres(self) -> Mapping[str, str]:
        server, name = self._network.postgres, self.stored.database
        _beside(create_database(server, name, template=self._like.database if self._like else None))
        self.records = PostgresRecords(server, name)
        self._closing.callback(self.records.close)
        return {
            "DB_HOST": server.host,
            "DB_PORT": str(server.port),
            "DB_NAME": name,
            "DB_USER": server.user,
            "DB_PASSWORD": server.password,
        }

    def _rabbitmq(self) -> Mapping[str, str]:
        return {"RABBITMQ_URL": self._network.broker.with_own_vhost(self.stored.database).url()}

    def _qdrant(self) -> Mapping[str, str]:
        folder = self.stored.qdrant
        if self._like:
            shutil.copytree(self._like.qdrant, folder)
        running = stand_in("qdrant", folder.with_suffix(".log"), "--folder", str(folder))
        return {"QDRANT_URL": self._closing.enter_context(running)}

    def _redis(self) -> Mapping[str, str]:
        try:
            server = self._closing.enter_context(own_redis())
        except RedisMissingError:
            return {}  # it is optional: memory takes its place
        where = server.address
        return {"REDIS_HOST": where.host, "REDIS_PORT": str(where.port), "REDIS_PASSWORD": where.password}


def _beside(work: Coroutine[Any, Any, None]) -> None:
    """Run something asynchronous whether or not an event loop runs here."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(run, work).result()
