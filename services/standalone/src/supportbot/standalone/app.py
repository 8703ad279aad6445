"""Everything in one process, put together: the one place that chooses the embedded adapters."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

from fastapi import FastAPI

from supportbot.admin_api import app as admin_api
from supportbot.answerer import app as answerer
from supportbot.answerer.app import AnswererService
from supportbot.common.bus.local import LocalBus
from supportbot.common.bus.opener import open_bus
from supportbot.common.bus.port import Bus
from supportbot.common.cache.opener import open_cache
from supportbot.common.cache.port import Cache
from supportbot.common.database.connections.pool_monitor import watch_pool
from supportbot.common.database.opener import COMMAND, open_database
from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.outbox_tail import OutboxTail
from supportbot.common.database.sweep import sweep_forever, take_possession
from supportbot.common.database.transactions import Database
from supportbot.common.files.opener import open_files
from supportbot.common.health import health_router
from supportbot.common.knowledge.folder_lock import FolderLock
from supportbot.common.knowledge.opener import open_index
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.lifecycle import Check, Loops, Service, start_all, stop_all
from supportbot.common.settings import SettingsError
from supportbot.gateway import app as gateway
from supportbot.gateway.adapters.starters import Sample, Starters
from supportbot.indexer import app as indexer
from supportbot.indexer.app import IndexerService
from supportbot.standalone.sample_centre import SAMPLE_COMPANY, sample_folder, sample_starters
from supportbot.standalone.settings import StandaloneSettings

BUS_GRACE_S = 20.0
INBOX_PATH = "/inbox"


@dataclass(frozen=True)
class Stores:
    """What a process stands on. `index` is None where it does not answer: then another process has it."""

    lock: FolderLock
    database: Database
    cache: Cache
    index: KnowledgeIndex | None

    async def close(self) -> None:
        """Let go of everything, so that the next process can have it."""
        if self.index is not None:
            await self.index.close()
        await self.cache.close()
        await self.database.close()
        self.lock.release()


async def open_stores(settings: StandaloneSettings) -> Stores:
    """Open database and index; raises an error of ours where another process has them, or they cannot be opened.

    One process per role and data folder: the one that answers, and one beside it that shows pages.
    """
    if settings.database_path.is_dir():
        raise SettingsError([f"DATABASE_PATH: {settings.database_path} is a folder; name a file in it"])
    lock = FolderLock(settings.data_folder if settings.answers else settings.data_folder / "web")
    try:
        database = await open_database(settings)
        try:
            if settings.answers and database.dialect == "sqlite":
                await database.write(take_possession)
            index = await open_index(settings) if settings.answers else None
            return Stores(lock, database, await open_cache(settings), index)
        except BaseException:
            await database.close()
            raise
    except BaseException:
        lock.release()
        raise


class Product:
    """The services of one process, as `RUN_MODE` chooses them, on one set of stores."""

    def __init__(self, settings: StandaloneSettings, stores: Stores) -> None:
        self._settings = settings
        self._bus = open_bus(settings)
        self._outbox = OutboxPublisher(stores.database, self._bus)
        self._database = stores.database
        self._loops = Loops()
        self._starters = Starters(stores.database, self._bus, Sample(sample_starters(), SAMPLE_COMPANY))
        self.knowledge = (
            None
            if stores.index is None
            else _knowledge(settings, stores.database, stores.index, self._bus, stores.cache)
        )
        self._services: Sequence[Service] = (
            *(_gateway(settings, stores, self._bus, self._starters) if settings.answers else ()),
            *(self.knowledge.services if self.knowledge else ()),
            *(_admin_api(settings, stores, self._bus) if settings.shows_pages else ()),
        )

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


@dataclass(frozen=True)
class Knowledge:
    """The two services that work with the knowledge index."""

    index: KnowledgeIndex
    indexer: IndexerService
    answerer: AnswererService

    @property
    def services(self) -> Sequence[Service]:
        """In the order in which they start."""
        return (self.indexer, self.answerer)


@asynccontextmanager
async def open_knowledge(settings: StandaloneSettings) -> AsyncIterator[Knowledge]:
    """The indexer at work and the answerer, without any channel: what a command needs where nothing runs."""
    stores = await open_stores(settings.model_copy(update={"run_mode": "all"}))
    try:
        assert stores.index is not None
        knowledge = _knowledge(settings, stores.database, stores.index, LocalBus(), stores.cache)
        await knowledge.indexer.start()
        try:
            yield knowledge
        finally:
            await knowledge.indexer.stop()
    finally:
        await stores.close()


@asynccontextmanager
async def open_knowledge_of_services(settings: StandaloneSettings) -> AsyncIterator[Knowledge]:
    """Indexer and answerer on the servers of services that run on this folder; those do the indexing."""
    database = await open_database(settings, COMMAND)
    try:
        index = await open_index(settings)
        try:
            yield _knowledge(settings, database, index, LocalBus())
        finally:
            await index.close()
    finally:
        await database.close()


def _knowledge(
    settings: StandaloneSettings, database: Database, index: KnowledgeIndex, bus: Bus, cache: Cache | None = None
) -> Knowledge:
    for_indexer = indexer.Dependencies(
        database,
        bus,
        index,
        open_files(settings, database),
        settings.documents_path,
        settings.upload_limit,
        sample=sample_folder(),
        sole_owner=not settings.qdrant_url,
        models=settings,
    )
    for_answerer = answerer.Dependencies(database, bus, index, settings, cache)
    return Knowledge(index, indexer.build(for_indexer), answerer.build(for_answerer))


def _gateway(settings: StandaloneSettings, stores: Stores, bus: Bus, starters: Starters) -> Sequence[Service]:
    inbox = INBOX_PATH if settings.shows_pages else ""
    return (
        gateway.build(
            gateway.Dependencies(
                stores.database,
                bus,
                settings,
                stores.cache,
                starters=starters,
                default_company=starters.company,
                inbox_path=inbox,
            )
        ),
    )


def _admin_api(settings: StandaloneSettings, stores: Stores, bus: Bus) -> Sequence[Service]:
    chat = "/" if settings.answers else ""
    files = open_files(settings, stores.database)
    return (
        admin_api.build(
            admin_api.Dependencies(
                stores.database,
                bus,
                files,
                settings.upload_limit,
                versions_kept=settings.document_versions,
                chat_path=chat,
            ),
        ),
    )
