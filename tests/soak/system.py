"""Separate services on servers that can be killed, without links in between: a load passes at full speed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.network import Network, Stored
from tests.e2e.services import Services, separate_services
from tests.e2e.waiting import until
from tests.fakes.telegram.server import FakeTelegram
from tests.faults.invariants import DATABASE_AWAY, left
from tests.faults.people import People
from tests.faults.servers import RowBroker, RowDatabase, Servers
from tests.servers.stand_in import stand_in

HOST = "bot.example.com"
KEY = "soak-key"
READY_WITHIN_S = 120.0
_SETTINGS = {
    "BURST_WINDOW": "0",
    "USER_MESSAGES_PER_MINUTE": "10000",
    "WEBHOOK_URL": f"https://{HOST}",
    "OPENAI_API_KEY": KEY,
    "LOG_LEVEL": "WARNING",
}


@dataclass(frozen=True)
class Stand:
    """The servers of a run, and what the indexed sample left on them."""

    servers: Servers
    network: Network
    indexed: Stored


@dataclass(frozen=True)
class SoakSystem:
    """Services, their servers, Telegram and everybody who writes."""

    services: Services
    telegram: FakeTelegram
    people: People
    broker: RowBroker
    database: RowDatabase

    def left(self) -> dict[str, int]:
        """What is still to be done, by name."""
        try:
            return left(self.services, self.telegram, self.people)
        except DATABASE_AWAY as error:
            return {f"a database that cannot be asked ({type(error).__name__})": 1}

    async def until_settled(self, within_s: float) -> None:
        """Return when nothing is left to be done."""
        await until(lambda: not self.left(), lambda: f"{self.left()}\n{self.services.log_tail()}", within_s)


@asynccontextmanager
async def soak_system(
    stand: Stand, folder: Path, *, chats: int, rate_per_s: float, seed: str
) -> AsyncIterator[SoakSystem]:
    """Two gateways, two answerers, an indexer and an admin-api; everybody has a page or a chat, nobody writes yet."""
    async with AsyncExitStack() as stack:
        own = stand.network.own(folder, like=stand.indexed)
        stack.callback(own.drop)
        database = RowDatabase(stand.servers.postgres, own.stored.database)
        broker = RowBroker(stand.servers.rabbitmq, own.stored.database)
        stack.push_async_callback(database.make_whole)
        telegram = await stack.enter_async_context(FakeTelegram())
        model = stack.enter_context(stand_in("openai", folder / "openai.log", "--key", KEY))
        bot = {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_BASE": telegram.base_url, "OPENAI_API_BASE": model}
        services = separate_services(folder, own, {**own.settings, **bot, **_SETTINGS}, "gateway", "answerer")
        stack.push_async_callback(services.discard)
        gateways = [process.base_url for name, process in services.of.items() if name.startswith("gateway")]
        telegram.route_webhook(HOST, gateways)
        services.launch()
        await asyncio.gather(*(process.until_ready(READY_WITHIN_S) for process in services.processes))
        pages = max(2, chats // 25)
        pause_s = chats / rate_per_s
        people = People(telegram, users=chats - pages, pages=pages, pause_s=(pause_s / 2, pause_s * 1.5), seed=seed)
        stack.push_async_callback(people.leave)
        await people.open_pages(gateways)
        yield SoakSystem(services, telegram, people, broker, database)
