"""Indexer and answerer on one set of stores: in the product, and for commands where nothing runs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from supportbot.answerer import app as answerer
from supportbot.answerer.service import AnswererService
from supportbot.common.bus.local import LocalBus
from supportbot.common.bus.port import Bus
from supportbot.common.cache.port import Cache
from supportbot.common.database.opener import COMMAND, open_database
from supportbot.common.database.transactions import Database
from supportbot.common.files.opener import open_files
from supportbot.common.knowledge.opener import open_index
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.lifecycle import Service
from supportbot.indexer import app as indexer
from supportbot.indexer.service import IndexerService
from supportbot.standalone.sample_centre import sample_folder
from supportbot.standalone.settings import StandaloneSettings
from supportbot.standalone.stores import open_stores


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


def build_knowledge(
    settings: StandaloneSettings,
    database: Database,
    index: KnowledgeIndex,
    bus: Bus,
    cache: Cache | None = None,
    *,
    begins_sample: bool = True,
) -> Knowledge:
    """The two services on these stores; nothing runs yet."""
    for_indexer = indexer.Dependencies(
        database,
        bus,
        index,
        open_files(settings, database),
        settings.documents_path,
        settings.upload_limit,
        sample=sample_folder(),
        begins_sample=begins_sample,
        sole_owner=not settings.qdrant_url,
        models=settings,
        web=settings,
    )
    for_answerer = answerer.Dependencies(database, bus, index, settings, cache)
    return Knowledge(index, indexer.build(for_indexer), answerer.build(for_answerer))


@asynccontextmanager
async def open_knowledge(
    settings: StandaloneSettings, *, working: bool = True, begins_sample: bool = True
) -> AsyncIterator[Knowledge]:
    """The indexer at work, unless it is not to, and the answerer: what a command needs where nothing runs."""
    stores = await open_stores(settings.model_copy(update={"run_mode": "all"}))
    try:
        assert stores.index is not None
        bus = LocalBus()
        knowledge = build_knowledge(
            settings, stores.database, stores.index, bus, stores.cache, begins_sample=begins_sample
        )
        if working:
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
            yield build_knowledge(settings, database, index, LocalBus())
        finally:
            await index.close()
    finally:
        await database.close()
