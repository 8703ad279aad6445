"""The indexer over a folder, a database and the embedded index, as the product puts them together."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from supportbot.common.bus.local import LocalBus
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.transactions import Database
from supportbot.common.files.folder import FolderFiles
from supportbot.common.files.port import Files
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.models.settings import ModelSettings
from supportbot.indexer.app import Dependencies, build
from supportbot.indexer.service import IndexerService

LIMIT = 200_000


class Bench:
    """A data folder on which the indexer can be started again and again."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self.documents = folder / "documents"
        self.documents.mkdir(exist_ok=True)
        self.database = database
        self.files: Files = FolderFiles(folder / "files")
        self.sample: Path | None = None
        self.models: ModelSettings | None = None
        self.events: list[Event] = []
        database.after_commit(self.events.extend)

    @asynccontextmanager
    async def running(
        self, wrap: Callable[[KnowledgeIndex], KnowledgeIndex] = lambda index: index
    ) -> AsyncGenerator[tuple[IndexerService, KnowledgeIndex]]:
        """The indexer, started."""
        async with self.looking(wrap) as (service, index):
            await service.start()
            yield service, index

    @asynccontextmanager
    async def looking(
        self, wrap: Callable[[KnowledgeIndex], KnowledgeIndex] = lambda index: index
    ) -> AsyncGenerator[tuple[IndexerService, KnowledgeIndex]]:
        """The indexer with nobody at work."""
        index = await EdgeKnowledgeIndex.open(self.folder / "index")
        given = (self.database, LocalBus(), wrap(index), self.files, self.documents, LIMIT, self.sample)
        service = build(Dependencies(*given, models=self.models))
        try:
            yield service, index
        finally:
            await service.stop()
            await index.close()

    def put(self, name: str, text: str) -> Path:
        """Write a document."""
        path = self.documents / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def told(self, kind: type[Event]) -> list[str]:
        """The documents of the events of a kind, in their order."""
        return [event.model_dump()["document"] for event in self.events if isinstance(event, kind)]


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so; the test's own time limit ends it where it never is."""
    while not await holds():  # noqa: ASYNC110  # it becomes so in a thread, a table or an index
        await asyncio.sleep(0.02)


async def texts(index: KnowledgeIndex, document: str) -> list[str]:
    """What the index holds of a document."""
    return [passage.text for passage in await index.neighbours(DocumentId(document), range(100))]
