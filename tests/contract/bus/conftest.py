"""Each kind of bus in turn, seen from as many processes as a test wants."""

import contextlib
from collections.abc import AsyncGenerator, Callable

import aiormq
import pytest

from supportbot.common.bus.local import LocalBus
from supportbot.common.bus.port import Bus
from supportbot.common.bus.rabbitmq import RabbitBus
from supportbot.common.bus.topology import DEAD_EXCHANGE, DEAD_QUEUE, EXCHANGE, LIVE_EXCHANGE, WORK_QUEUES
from tests.servers.link import Link
from tests.servers.rabbitmq import Broker

Process = Callable[[], Bus]
RabbitProcess = Callable[..., RabbitBus]


@pytest.fixture(params=["local", pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of bus in turn."""
    name: str = request.param
    return name


@pytest.fixture
def process(kind: str, request: pytest.FixtureRequest) -> Process:
    """Makes the bus as one more process sees it. LocalBus knows only one process."""
    make: Process = request.getfixturevalue("rabbit_process" if kind == "rabbitmq" else "local_process")
    return make


@pytest.fixture
async def local_process() -> AsyncGenerator[Process]:
    bus = LocalBus()
    yield lambda: bus
    await bus.stop(0)


@pytest.fixture
async def broker(rabbitmq: Broker) -> Broker:
    """The broker with nothing of ours declared."""
    await forget_everything(rabbitmq.url())
    return rabbitmq


@pytest.fixture
async def rabbit_process(broker: Broker) -> AsyncGenerator[RabbitProcess]:
    """Makes a bus of its own for each process; `url` leads to the broker another way."""
    made: list[RabbitBus] = []

    def make(url: str = "", **settings: str) -> RabbitBus:
        made.append(RabbitBus(url or broker.url(), **settings))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for bus in made:
        await bus.stop(0)


@pytest.fixture
async def wire(broker: Broker) -> AsyncGenerator[Link]:
    """A way to the broker that can be cut, or hang."""
    async with Link(broker.host, broker.port) as opened:
        yield opened


@contextlib.asynccontextmanager
async def bare_channel(url: str) -> AsyncGenerator[aiormq.abc.AbstractChannel]:
    """A channel of the driver's own, to do to a broker what nobody should."""
    connection = await aiormq.connect(url)
    try:
        yield await connection.channel(publisher_confirms=True)
    finally:
        await connection.close()


async def forget_everything(url: str) -> None:
    """Delete our queues and exchanges."""
    async with bare_channel(url) as channel:
        for queue in (*(queue.name for queue in WORK_QUEUES), DEAD_QUEUE):
            await channel.queue_delete(queue)
        for exchange in (EXCHANGE, LIVE_EXCHANGE, DEAD_EXCHANGE):
            await channel.exchange_delete(exchange)
