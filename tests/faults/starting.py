"""Systems to do faults to, of either kind: started, seen to answer, and cleared away whatever a row left of them."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.e2e.network import Network, Stored
from tests.e2e.product import Product
from tests.e2e.services import replicas, separate_services
from tests.fakes.openai.server import FakeOpenAI
from tests.fakes.qdrant.server import FakeQdrant
from tests.fakes.telegram.server import FakeTelegram
from tests.faults.links import Links
from tests.faults.people import People
from tests.faults.report import FaultRow
from tests.faults.servers import RowBroker, RowDatabase, Servers
from tests.faults.system import System

STARTED_WITHIN_S = 120.0
ADMIN = 900
HOST = "bot.example.com"
_SETTINGS = {
    "BURST_WINDOW": "0",
    "USER_MESSAGES_PER_MINUTE": "10000",  # nobody is slowed down: what is asked has to be answered
    "ADMIN_IDS": str(ADMIN),
    "WEBHOOK_URL": f"https://{HOST}",
}


@dataclass(frozen=True)
class Around:
    """What systems of one run have in common."""

    servers: Servers
    network: Network
    indexed: Stored
    """What separate services left on the servers when the sample was indexed."""


@asynccontextmanager
async def separate(
    around: Around, folder: Path, row: FaultRow, more: Sequence[str], settings: Mapping[str, str]
) -> AsyncIterator[System]:
    """Separate services, ready and asked once; `more` names those of which there are two."""
    async with AsyncExitStack() as stack:
        own = around.network.own(folder, ("postgres", "rabbitmq", "redis"), like=around.indexed)
        stack.callback(own.drop)
        database = RowDatabase(around.servers.postgres, own.stored.database)
        broker = RowBroker(around.servers.rabbitmq, own.stored.database)
        stack.push_async_callback(database.make_whole)
        stack.push_async_callback(broker.make_whole)
        await asyncio.to_thread(shutil.copytree, around.indexed.qdrant, folder / "fake_qdrant")
        qdrant = await stack.enter_async_context(FakeQdrant(folder / "fake_qdrant"))
        telegram = await stack.enter_async_context(FakeTelegram())
        model = await stack.enter_async_context(FakeOpenAI())
        links = Links()
        stack.push_async_callback(links.close)
        real = {**own.settings, "QDRANT_URL": qdrant.url, **_of_fakes(telegram, model), **_SETTINGS, **settings}
        through = {name: await links.settings(name, real) for name in replicas(*more)}
        product = separate_services(folder, own, real, *more, of_each=through)
        stack.push_async_callback(product.discard)
        people = People(telegram, users=3, pages=2)
        made = System(product, links, telegram, model, people, row, broker, database, qdrant)
        gateways = [process.base_url for name, process in product.of.items() if name.startswith("gateway")]
        await _begin(stack, made, gateways)
        yield made


@asynccontextmanager
async def all_in_one(indexed: Path, folder: Path, row: FaultRow, settings: Mapping[str, str]) -> AsyncIterator[System]:
    """The one process, ready and asked once. It has no broker, database server or Qdrant to take away."""
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(shutil.copytree, indexed, folder / "data")
        telegram = await stack.enter_async_context(FakeTelegram())
        model = await stack.enter_async_context(FakeOpenAI())
        links = Links()
        stack.push_async_callback(links.close)
        real = {**_of_fakes(telegram, model), **_SETTINGS, **settings}
        product = Product(folder, {**real, **await links.settings("all-in-one", real)})
        stack.push_async_callback(product.discard)
        people = People(telegram, users=3, pages=2)
        missing = cast("RowBroker", None), cast("RowDatabase", None), cast("FakeQdrant", None)
        made = System(product, links, telegram, model, people, row, *missing)
        await _begin(stack, made, [product.base_url])
        yield made


def _of_fakes(telegram: FakeTelegram, model: FakeOpenAI) -> dict[str, str]:
    return {
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_BASE": telegram.base_url,
        "OPENAI_API_KEY": model.api_key,
        "OPENAI_API_BASE": model.base_url,
        "ANSWER_CACHE": "false",  # people ask the same things; the model is to be asked each time
    }


async def _begin(stack: AsyncExitStack, system: System, gateways: list[str]) -> None:
    """Start everything, and see it answer everybody once, so that what goes wrong later is the fault's doing."""
    system.row.where = system.product.kind
    system.telegram.add_user(ADMIN, "Admin")
    system.telegram.route_webhook(HOST, gateways)
    stack.push_async_callback(system.people.leave)
    for process in system.product.processes:
        process.launch()
    await system.until_ready(STARTED_WITHIN_S)
    await system.people.open_pages(gateways)
    await system.people.ask_once("How do I return an item?")
    await system.until_settled()
    system.people.begin()
