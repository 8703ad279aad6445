"""Everything in one process, put together: the one place that chooses the embedded adapters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from fastapi import FastAPI

from supportbot.admin_api import app as admin_api
from supportbot.answerer import app as answerer
from supportbot.answerer.app import AnswererService
from supportbot.common.bus.local import LocalBus
from supportbot.common.database.opener import open_database
from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.sweep import sweep_forever, take_possession
from supportbot.common.database.transactions import Database
from supportbot.common.health import health_router
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.knowledge.folder_lock import FolderLock
from supportbot.common.lifecycle import Check, Loops, Service, start_all, stop_all
from supportbot.gateway import app as gateway
from supportbot.indexer import app as indexer
from supportbot.indexer.app import IndexerService
from supportbot.standalone.sample_centre import sample_folder
from supportbot.standalone.settings import StandaloneSettings
from supportbot.standalone.starters import Starters

BUS_GRACE_S = 20.0
INBOX_PATH = "/inbox"


@dataclass(frozen=True)
class Stores:
    """What the data folder holds, opened by the one process that may."""

    lock: FolderLock
    database: Database
    index: EdgeKnowledgeIndex

    async def close(self) -> None:
        """Let go of everything, so that the next process can have it."""
        await self.index.close()
        await self.database.close()
        self.lock.release()


async def open_stores(settings: StandaloneSettings) -> Stores:
    """Open database and index; raises an error of ours where another process has them, or they cannot be opened."""
    lock = FolderLock(settings.data_folder)
    try:
        database = await open_database(settings)
        await database.write(take_possession)
        try:
            return Stores(lock, database, await EdgeKnowledgeIndex.open(settings.vector_db_path))
        except BaseException:
            await database.close()
            raise
    except BaseException:
        lock.release()
        raise


class Product:
    """All services on one set of stores."""

    def __init__(self, settings: StandaloneSettings, stores: Stores) -> None:
        self._bus = LocalBus()
        self._outbox = OutboxPublisher(stores.database, self._bus)
        self._database = stores.database
        self._loops = Loops()
        self._starters = Starters(stores.database, self._bus)
        self.answerer: AnswererService = answerer.build(
            answerer.Dependencies(stores.database, self._bus, stores.index, settings)
        )
        self.indexer: IndexerService = indexer.build(
            indexer.Dependencies(
                stores.database,
                self._bus,
                stores.index,
                settings.documents_path,
                settings.upload_limit,
                sample=sample_folder(),
            )
        )
        self._services: Sequence[Service] = (
            gateway.build(
                gateway.Dependencies(
                    stores.database,
                    self._bus,
                    settings,
                    starters=self._starters,
                    default_company=self._starters.company,
                    inbox_path=INBOX_PATH,
                )
            ),
            self.indexer,
            self.answerer,
            admin_api.build(admin_api.Dependencies(stores.database, self._bus, chat_path="/")),
        )

    def http(self, checks: Mapping[str, Check]) -> FastAPI:
        """The application that serves every service's routes."""
        application = FastAPI(
            title="supportbot", version=version("supportbot-standalone"), docs_url=None, redoc_url=None
        )
        application.include_router(health_router(self._database, {**self._checks(), **checks}, application.version))
        for service in self._services:
            for router in service.routers:
                application.include_router(router)
        return application

    async def start(self) -> None:
        """Start the bus and the services. The gateway stops last, so that what was answered last is sent too."""
        await self._starters.refresh()
        await self._outbox.start()
        await self._bus.start()
        self._loops.start("sweep", lambda: sweep_forever(self._database, self._outbox))
        await start_all(self._services)

    async def stop(self) -> None:
        """Stop in the reverse order: take nothing new, finish what was begun."""
        await stop_all(self._services)
        await self._bus.stop(BUS_GRACE_S)
        await self._loops.stop()
        await self._outbox.stop()

    def _checks(self) -> Mapping[str, Check]:
        return {name: check for service in self._services for name, check in service.checks.items()}
