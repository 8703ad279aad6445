"""One service as a process of its own: it serves its health at once, and works as soon as its servers are there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from importlib.metadata import version

from fastapi import FastAPI

from supportbot.common.bus.opener import open_bus
from supportbot.common.bus.port import Bus
from supportbot.common.database.connections.check import check_connections
from supportbot.common.database.connections.pool_monitor import watch_pool
from supportbot.common.database.large_indexes import keep_built
from supportbot.common.database.opener import connect_database, migrate
from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.outbox_tail import OutboxTail
from supportbot.common.database.sweep import sweep_forever
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.garbage import spare_what_stays
from supportbot.common.health import health_router
from supportbot.common.lifecycle import Check, Loops, Service, stop_all
from supportbot.common.process import HttpServer, listen, told_to_stop
from supportbot.common.reloading import reload_on_hangup
from supportbot.common.settings import CommonSettings
from supportbot.common.telemetry.exporting import set_up_tracing
from supportbot.common.telemetry.logging import logger, set_up_logging
from supportbot.common.waiting import Waiting
from supportbot.common.web.routes import add_routes

STOP_WITHIN_S = 30.0
_CLOSING_S = 5.0
"""What closing connections may take of that."""
_log = logger(__name__)


@dataclass(frozen=True)
class Opened:
    """What a service stands on."""

    database: Database
    bus: Bus
    closing: AsyncExitStack
    """Takes what `make` opens beside it, to be closed when the service has stopped."""
    waiting: Waiting = field(default_factory=Waiting)


Make = Callable[[Opened], Awaitable[Service]]


async def run_service(name: str, settings: CommonSettings, make: Make) -> None:
    """Run one service until told to stop; `make` builds it, and may wait for servers of its own."""
    told = told_to_stop()
    set_up_logging(name, level=settings.log_level, folder=settings.logs_path)
    reload_on_hangup(type(settings))
    closing = AsyncExitStack()
    closing.push_async_callback(set_up_tracing(f"supportbot-{name}").close)  # closed last, when all spans have ended
    bound = listen(settings.web_host, settings.web_port)
    database, bus = connect_database(settings, f"supportbot-{name}"), open_bus(settings)
    closing.push_async_callback(database.close)
    process = ServiceProcess(name, Opened(database, bus, closing), make)
    process.also("watch the pool", lambda: watch_pool(database, settings))
    server = HttpServer(process.http, settings.trusted_proxies)
    serving = asyncio.create_task(server.run_until_stopped(bound), name="http")
    starting = asyncio.create_task(process.start(), name="start")
    stopping = asyncio.create_task(told.wait(), name="told to stop")
    try:
        await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            spare_what_stays()
            _log.info("Ready", port=bound.getsockname()[1])
        await stopping
        _log.info("Stopping")
    finally:
        starting.cancel()
        stopping.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)
        server.stop()
        await process.stop()
        await serving
        await closing.aclose()


class ServiceProcess:
    """A service with the database, bus, outbox and sweep around it."""

    def __init__(self, name: str, opened: Opened, make: Make) -> None:
        self._name = name
        self._opened = opened
        self._make = make
        self._outbox = OutboxPublisher(opened.database, opened.bus)
        self._loops = Loops()
        self._more: dict[str, Callable[[], Awaitable[None]]] = {}
        self._service: Service | None = None
        self._checks: dict[str, Check] = {"start": self._still_starting}
        self.http = FastAPI(
            title=f"supportbot {name}",
            version=version("supportbot-common"),
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
            # Ours are enough: FastAPI's would begin a trace for every probe, and take a visitor's word for its id.
            telemetry={"tracing": False, "metrics": False, "logs": False},
        )
        add_routes(self.http, health_router(opened.database, self._checks, self.http.version))

    def also(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run this too, from the start to the end of the work."""
        self._more[name] = loop

    async def start(self) -> None:
        """Wait for the database's tables, then begin to work."""
        await self._until_database_serves()
        service = await self._make(self._opened)
        await self._outbox.start()
        await self._opened.bus.start()
        self._loops.start("sweep", lambda: sweep_forever(self._opened.database, self._outbox))
        self._loops.start("build indexes", lambda: keep_built(self._opened.database))
        for name, loop in self._more.items():
            self._loops.start(name, loop)
        if not self._opened.bus.confirms:
            tail = OutboxTail(self._opened.database, self._opened.bus, self._outbox)
            self._loops.start("events of other processes", tail.run)
        await service.start()
        self._service = service
        add_routes(self.http, *service.routers)
        self._take_checks(service.checks)

    async def stop(self) -> None:
        """Take nothing new, finish what was begun, let go; all of it within `STOP_WITHIN_S`."""
        clock = asyncio.get_running_loop().time
        end = clock() + STOP_WITHIN_S - _CLOSING_S
        await self._opened.bus.pause()
        await stop_all([self._service] if self._service else [], within_s=end - clock())
        await self._loops.stop()
        await self._outbox.stop()
        await self._opened.bus.stop(max(end - clock(), 0))

    async def _until_database_serves(self) -> None:
        database, waiting = self._opened.database, self._opened.waiting
        await waiting.until_available(lambda: migrate(database), DatabaseUnavailableError)
        await waiting.until_available(lambda: check_connections(database), DatabaseUnavailableError)

    def _take_checks(self, checks: Mapping[str, Check]) -> None:
        del self._checks["start"]
        self._checks.update(checks)

    async def _still_starting(self) -> str | None:
        reason = self._opened.waiting.reason
        return f"{self._name} waits for its servers: {reason}" if reason else f"{self._name} is starting"
