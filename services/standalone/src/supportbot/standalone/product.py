"""The services of one process: how they are served, start and stop."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from fastapi import FastAPI

from supportbot.common.bus.port import Bus
from supportbot.common.database.connections.pool_monitor import watch_pool
from supportbot.common.database.large_indexes import keep_built
from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.outbox_tail import OutboxTail
from supportbot.common.database.sweep import sweep_forever
from supportbot.common.database.transactions import Database
from supportbot.common.health import health_router
from supportbot.common.lifecycle import Check, Loops, Service, start_all, stop_all
from supportbot.common.web.routes import add_routes
from supportbot.standalone.knowledge import Knowledge
from supportbot.standalone.settings import StandaloneSettings

BUS_GRACE_S = 20.0


class Product:
    """The services of one process, as `RUN_MODE` chooses them, on one set of stores."""

    def __init__(
        self,
        settings: StandaloneSettings,
        database: Database,
        bus: Bus,
        *,
        services: Sequence[Service],
        knowledge: Knowledge | None,
    ) -> None:
        """Use `app.build`. The services start in their order, and stop in the reverse one."""
        self._settings = settings
        self._database = database
        self._bus = bus
        self._services = services
        self.knowledge = knowledge
        self._outbox = OutboxPublisher(database, bus)
        self._loops = Loops()

    def http(self, checks: Mapping[str, Check]) -> FastAPI:
        """The application that serves every service's routes."""
        application = FastAPI(
            title="supportbot",
            version=version("supportbot-standalone"),
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
            # As in each service: ours are enough, and a visitor's word is not taken for a trace's id.
            telemetry={"tracing": False, "metrics": False, "logs": False},
        )
        add_routes(application, health_router(self._database, {**self._checks(), **checks}, application.version))
        for service in self._services:
            add_routes(application, *service.routers)
        return application

    async def start(self) -> None:
        """Start the bus and the services. The gateway stops last, so that what was answered last is sent too."""
        await self._outbox.start()
        await self._bus.start()
        self._loops.start("sweep", lambda: sweep_forever(self._database, self._outbox))
        self._loops.start("build indexes", lambda: keep_built(self._database))
        self._loops.start("watch the pool", lambda: watch_pool(self._database, self._settings))
        if not self._bus.confirms and self._settings.run_mode != "all":
            tail = OutboxTail(self._database, self._bus, self._outbox)
            self._loops.start("events of other processes", tail.run)
        await start_all(self._services)

    async def stop(self) -> None:
        """Stop in the reverse order: take nothing new, finish what was begun."""
        await self._bus.pause()
        await stop_all(self._services)
        await self._loops.stop()
        await self._outbox.stop()
        await self._bus.stop(BUS_GRACE_S)

    def _checks(self) -> Mapping[str, Check]:
        return {name: check for service in self._services for name, check in service.checks.items()}
