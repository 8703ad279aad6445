"""The services as processes of their own against real servers, for measuring: durable, on loopback, two cores for all."""

import asyncio
import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from supportbot.standalone.sample_centre import sample_folder
from tests.e2e.commands import environment
from tests.servers.address import PostgresAddress
from tests.servers.databases import create_database
from tests.servers.postgres import postgres_server
from tests.servers.process import free_port
from tests.servers.rabbitmq import Broker, rabbitmq_broker

TOKEN = "1000001:bench-token-of-the-local-telegram-server"  # noqa: S105  # of a server that is not Telegram
KEY = "bench-key"
PUBLIC_HOST = "bot.example.com"
READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 40.0


@dataclass(frozen=True)
class Servers:
    """The servers that all deployments of one run share."""

    postgres: PostgresAddress
    broker: Broker


@contextmanager
def servers() -> Iterator[Servers]:
    """Start PostgreSQL and RabbitMQ, or take those that settings name."""
    with postgres_server() as postgres, rabbitmq_broker() as broker:
        yield Servers(postgres, broker)


class Deployment:
    """A gateway, an indexer, an admin-api and any number of answerers, with stubs of Telegram, the model and Qdrant."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self._folder = folder
        self._settings = dict(settings)
        self._stack = ExitStack()
        self.services: dict[str, list[subprocess.Popen[bytes]]] = {}
        self._ports: dict[subprocess.Popen[bytes], int] = {}
        self.telegram = ""

    async def start(self, *, answerers: int, model_delay_s: float) -> None:
        """Start the stubs, then the services; return when all are ready and the sample can be asked."""
        self.telegram = await self._stub("telegram", "--token", TOKEN)
        model = await self._stub("openai", "--key", KEY, "--delay", str(model_delay_s))
        qdrant = await self._stub("qdrant", "--folder", str(self._folder / "qdrant"))
        self._settings |= {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_BASE": self.telegram,
            "OPENAI_API_KEY": KEY,
            "OPENAI_API_BASE": f"{model}/v1",
            "QDRANT_URL": qdrant,
        }
        for name, count in {"indexer": 1, "answerer": answerers, "admin_api": 1, "gateway": 1}.items():
            for _ in range(count):
                self._service(name)
        for process, port in self._ports.items():
            await _until_ready(process, port)

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time that each kind of service has used so far."""
        return {
            name: sum(_cpu_seconds(process.pid) for process in processes) for name, processes in self.services.items()
        }

    def memory_mb(self) -> dict[str, float]:
        """Resident memory of one process of each kind, in megabytes."""
        return {
            name: psutil.Process(processes[0].pid).memory_info().rss / 1024**2
            for name, processes in self.services.items()
        }

    async def stop(self) -> None:
        """Stop everything, the gateway first."""
        for processes in reversed(self.services.values()):
            for process in processes:
                process.terminate()
        for processes in self.services.values():
            for process in processes:
                await asyncio.to_thread(_end, process)
        await asyncio.to_thread(self._stack.close)

    async def _stub(self, name: str, *arguments: str) -> str:
        """A stand-in as a process of its own. Returns its address."""
        log = self._stack.enter_context((self._folder / f"{name}.log").open("wb"))
        command = [sys.executable, "-m", f"tests.fakes.{name}", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        self._stack.callback(_end, process)
        self._stack.callback(process.terminate)
        assert process.stdout is not None
        line = await asyncio.to_thread(process.stdout.readline)
        return line.decode().split()[1].removesuffix("/v1")

    def _service(self, name: str) -> None:
        port = free_port()
        own = {"WEB_PORT": str(port)}
        if name == "gateway":
            own |= {"WEBHOOK_URL": f"https://{PUBLIC_HOST}", "TELEGRAM_WEBHOOK_SECRET": secrets.token_urlsafe(16)}
            httpx.post(
                f"{self.telegram}/control/route_webhook", json={"host": PUBLIC_HOST, "base": f"http://127.0.0.1:{port}"}
            ).raise_for_status()
        if name == "indexer":
            own |= {"SAMPLE_PATH": str(sample_folder()), "DOCUMENTS_PATH": str(self._folder / "documents")}
        folder = self._folder / f"{name}-{port}"
        folder.mkdir()
        log = self._stack.enter_context((folder / "log").open("wb"))
        process = subprocess.Popen(
            [sys.executable, "-m", f"supportbot.{name}"],
            cwd=folder,
            env=environment(self._settings | own),
            stdout=log,
            stderr=log,
        )
        self.services.setdefault(name, []).append(process)
        self._ports[process] = port


@asynccontextmanager
async def deployment(
    found: Servers, *, answerers: int = 1, model_delay_s: float = 0.0, **settings: str
) -> AsyncIterator[Deployment]:
    """A running deployment on a database and a virtual host of its own."""
    name = f"bench_{secrets.token_hex(4)}"
    await create_database(found.postgres, name)
    broker = await asyncio.to_thread(found.broker.with_own_vhost, name)
    with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as folder:
        made = Deployment(
            Path(folder),
            {
                "DB_HOST": found.postgres.host,
                "DB_PORT": str(found.postgres.port),
                "DB_USER": found.postgres.user,
                "DB_PASSWORD": found.postgres.password,
                "DB_NAME": name,
                "RABBITMQ_URL": broker.url(),
                "JWT_SECRET_KEY": secrets.token_urlsafe(48),
                "LOG_LEVEL": "WARNING",
                "BURST_WINDOW": "0",
                **settings,
            },
        )
        try:
            await made.start(answerers=answerers, model_delay_s=model_delay_s)
            yield made
        finally:
            await made.stop()


async def _until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(READY_WITHIN_S):
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"a service ended with {process.returncode} instead of becoming ready")
            try:
                if (await client.get(f"http://127.0.0.1:{port}/health/ready")).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)


def _cpu_seconds(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOPPED_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


async def command(client: httpx.AsyncClient, address: str, name: str, **arguments: Any) -> Any:
    """Run one command of a stub."""
    reply = await client.post(f"{address}/control/{name}", content=json.dumps(arguments))
    reply.raise_for_status()
    return reply.json()["result"]
