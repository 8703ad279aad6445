"""The services as processes of their own against real servers, for measuring: durable, on loopback."""

import json
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from supportbot.standalone.sample_centre import sample_folder
from tests.e2e.deployment import sample_is_indexed
from tests.e2e.network import Network
from tests.e2e.process import Process
from tests.e2e.services import Services, separate_services
from tests.e2e.waiting import until
from tests.servers.postgres import postgres_server
from tests.servers.rabbitmq import rabbitmq_broker
from tests.servers.stand_in import stand_in

TOKEN = "1000001:bench-token-of-the-local-telegram-server"
KEY = "bench-key"
PUBLIC_HOST = "bot.example.com"
INDEXED_WITHIN_S = 120.0


@contextmanager
def network() -> Iterator[Network]:
    """PostgreSQL and RabbitMQ for all deployments of one run, started here or named by settings."""
    with postgres_server() as postgres, rabbitmq_broker() as broker:
        yield Network(postgres, broker, f"bench_{secrets.token_hex(3)}")


class TelegramStub:
    """The local Telegram server, by way of its controls."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._client = httpx.AsyncClient(base_url=address, trust_env=False, timeout=60)

    async def command(self, name: str, **arguments: Any) -> Any:
        """Run one of its commands."""
        reply = await self._client.post(f"/control/{name}", content=json.dumps(arguments))
        reply.raise_for_status()
        return reply.json()["result"]

    async def first_replies(self) -> dict[int, float]:
        """When each chat got its first message, in seconds of the clock; by chat."""
        found: dict[int, float] = {}
        for sent in await self.command("sent"):
            found.setdefault(sent["chat_id"], datetime.fromisoformat(sent["at"]).timestamp())
        return found

    async def count_sent(self) -> int:
        """New messages that the bot has sent so far."""
        counts = await self.command("counts")
        return int(counts.get("sendMessage", {}).get("ok", 0))

    async def close(self) -> None:
        """Close the connection to it."""
        await self._client.aclose()


class Deployment:
    """Services that are ready and have the sample indexed, and the stubs beside them."""

    def __init__(self, services: Services, telegram: TelegramStub) -> None:
        self.services = services
        self.telegram = telegram

    @property
    def by_kind(self) -> dict[str, list[Process]]:
        """The processes of each service; replicas together."""
        kinds: dict[str, list[Process]] = {}
        for name, process in self.services.of.items():
            kinds.setdefault(name.partition(" ")[0], []).append(process)
        return kinds

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time that each kind of service has used so far."""
        return {kind: sum(_cpu_seconds(one.pid) for one in processes) for kind, processes in self.by_kind.items()}

    def memory_mb(self) -> dict[str, float]:
        """Resident memory of one process of each kind, in megabytes."""
        return {
            kind: psutil.Process(processes[0].pid).memory_info().rss / 1024**2
            for kind, processes in self.by_kind.items()
        }


@asynccontextmanager
async def deployment(
    servers: Network, settings: Mapping[str, str], *more: str, model_delay_s: float = 0.0
) -> AsyncIterator[Deployment]:
    """A running deployment with stubs of Telegram and the model; `more` names services with a second replica."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="supportbot-bench-")))
        own = servers.own(folder)
        stack.callback(own.drop)
        telegram = TelegramStub(stack.enter_context(stand_in("telegram", folder / "telegram.log", "--token", TOKEN)))
        delay = ("--delay", str(model_delay_s))
        model = stack.enter_context(stand_in("openai", folder / "openai.log", "--key", KEY, *delay))
        services = separate_services(
            folder,
            own,
            {
                "SAMPLE_PATH": str(sample_folder()),
                "TELEGRAM_BOT_TOKEN": TOKEN,
                "TELEGRAM_API_BASE": telegram.address,
                "WEBHOOK_URL": f"https://{PUBLIC_HOST}",
                "OPENAI_API_KEY": KEY,
                "OPENAI_API_BASE": model,
                "ANSWER_CACHE": "false",
                "LOG_LEVEL": "WARNING",
                "BURST_WINDOW": "0",
                **settings,
            },
            *more,
        )
        gateways = [process.base_url for name, process in services.of.items() if name.startswith("gateway")]
        await telegram.command("route_webhook", host=PUBLIC_HOST, base=gateways)
        try:
            await services.start()
            await until(lambda: sample_is_indexed(services), services.log_tail, INDEXED_WITHIN_S)
            yield Deployment(services, telegram)
        finally:
            await telegram.close()
            await services.stop()


def _cpu_seconds(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)
