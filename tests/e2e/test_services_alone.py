"""Each service starts by itself, in any order, before its servers are there; replicas share the work."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.e2e.network import Network, Own
from tests.e2e.process import Process
from tests.e2e.services import Services, separate_services
from tests.e2e.visitor import Visitor
from tests.servers.link import Link
from tests.servers.process import free_port
from tests.servers.stand_in import stand_in
from tools.distributed.layout import SERVICES

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
STOPPED_WITHIN_S = 10.0


@dataclass
class Away:
    """Services whose servers are away, and what brings these back."""

    services: Services
    postgres: Link
    rabbitmq: Link
    qdrant_port: int
    stack: ExitStack
    folder: Path

    def start_qdrant(self) -> None:
        """At the address that the services know."""
        log, port = self.folder / "qdrant.log", str(self.qdrant_port)
        self.stack.enter_context(stand_in("qdrant", log, "--port", port, "--folder", str(self.folder / "qdrant")))


@pytest.fixture
def own(network: Network, tmp_path: Path) -> Iterator[Own]:
    made = network.own(tmp_path, ("postgres", "rabbitmq"))
    yield made
    made.drop()


@pytest.fixture
async def away(own: Own, network: Network, tmp_path: Path) -> AsyncIterator[Away]:
    postgres = Link(network.postgres.host, network.postgres.port)
    rabbitmq = Link(network.broker.host, network.broker.port)
    qdrant = free_port()
    where = httpx.URL(own.settings["RABBITMQ_URL"]).copy_with(host="127.0.0.1", port=rabbitmq.port)
    settings = {
        "DB_HOST": "127.0.0.1",
        "DB_PORT": str(postgres.port),
        "RABBITMQ_URL": str(where),
        "QDRANT_URL": f"http://127.0.0.1:{qdrant}",
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": str(free_port()),  # stays away: memory takes its place
    }
    services = separate_services(tmp_path, own, settings)
    with ExitStack() as stack:
        try:
            yield Away(services, postgres, rabbitmq, qdrant, stack, tmp_path)
        finally:
            await services.discard()
            for link in (postgres, rabbitmq):
                await link.close()


async def problems(process: Process) -> str:
    """What a service says that it waits for."""
    answer = await process.until_it_says("/health/ready", httpx.codes.SERVICE_UNAVAILABLE)
    return str(answer.json()["problems"])


async def test_each_lives_at_once_says_what_it_waits_for_and_works_once_that_is_there(away: Away) -> None:
    of = away.services.of
    away.services.launch()
    for name in SERVICES:
        await of[name].until_it_says("/health/live", httpx.codes.OK)
        await until_it_waits_for(of[name], "waits for its servers: The database")

    await away.postgres.open()
    for name in ("gateway", "admin-api"):  # neither needs a broker to do its work
        await of[name].until_ready()
    for name in ("answerer", "indexer"):
        await until_it_waits_for(of[name], "RabbitMQ")
    await until_it_waits_for(of["answerer"], "Qdrant at")

    away.start_qdrant()
    await away.rabbitmq.open()
    await asyncio.gather(*(process.until_ready() for process in of.values()))
    async with Visitor(away.services.base_url) as visitor:
        assert (await visitor.ask("How do I return an item?", within_s=60)).text
    assert await away.services.stop() == 0


async def until_it_waits_for(process: Process, server: str) -> None:
    """Return when a service names this server in what keeps it from being ready."""
    async with asyncio.timeout(30):
        while True:
            if server in await problems(process):
                return
            await asyncio.sleep(0.05)


async def test_told_to_stop_while_it_waits_each_ends_in_order(away: Away) -> None:
    away.services.launch()
    for process in away.services.processes:
        await process.until_it_says("/health/live", httpx.codes.OK)
    async with asyncio.timeout(STOPPED_WITHIN_S):
        assert await away.services.stop() == 0
