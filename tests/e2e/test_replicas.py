"""Two gateways and two answerers share the work; stopped one after the other under load, they lose and redo nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.conftest import with_bot
from tests.e2e.load import WritingTelegramUser, WritingVisitor, all_were_answered_once, write_together
from tests.e2e.network import Network, Own, Stored
from tests.e2e.process import Process
from tests.e2e.services import Services, separate_services
from tests.e2e.visitor import Visitor
from tests.e2e.waiting import LOOK_EVERY_S
from tests.fakes.telegram.server import FakeTelegram

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
STOPPED_TOGETHER = (("answerer", "gateway 2"), ("answerer 2", "gateway"))
"""One of each kind is always there."""
PAGES, USERS = 6, 3


@pytest.fixture
def own(network: Network, indexed_servers: Stored, tmp_path: Path) -> Iterator[Own]:
    made = network.own(tmp_path, like=indexed_servers)
    yield made
    made.drop()


@pytest.fixture
async def product(own: Own, telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[Services]:
    made = separate_services(tmp_path, own, with_bot(telegram, BURST_WINDOW="0"), "answerer", "gateway")
    try:
        await made.start()
        yield made
    finally:
        await made.discard()


async def counted(process: Process, metric: str) -> float:
    """The sum over a metric's labels."""
    lines = (await process.get("/metrics")).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(metric))


async def until_each_has_worked(product: Services) -> None:
    """Return when every gateway has taken messages in and every answerer has finished turns."""
    shares = {"gateway": "supportbot_messages_received_total", "answerer": "supportbot_turns_finished_total"}
    async with asyncio.timeout(30):
        for replica, process in product.of.items():
            metric = shares.get(replica.removesuffix(" 2"))
            while metric and not await counted(process, metric):  # noqa: ASYNC110  # another process counts
                await asyncio.sleep(LOOK_EVERY_S)


async def test_replicas_share_the_work_and_a_stop_under_load_loses_and_redoes_nothing(
    product: Services, telegram: FakeTelegram
) -> None:
    gateways = [product.of[name].base_url for name in ("gateway", "gateway 2")]
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(Visitor(gateways[number % 2])) for number in range(PAGES)]
        visitors = [WritingVisitor(page, str(number)) for number, page in enumerate(pages)]
        users = [WritingTelegramUser(telegram, 1000 + number, str(number)) for number in range(USERS)]
        enough = asyncio.Event()
        writing = asyncio.create_task(write_together([*visitors, *users], enough))
        await until_each_has_worked(product)
        for replicas in STOPPED_TOGETHER:
            assert await asyncio.gather(*(product.of[replica].stop() for replica in replicas)) == [0, 0]
            await asyncio.gather(*(product.of[replica].start() for replica in replicas))
        enough.set()
        await writing
        await all_were_answered_once(product, telegram, visitors, users)
    assert product.count("outbound", "status = 'uncertain'") == 0
    assert await product.stop() == 0
    assert product.errors_in_log() == []
