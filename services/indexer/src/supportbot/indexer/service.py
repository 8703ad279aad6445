"""The indexer's life: what starts, what runs, what its health says, how it stops; and what commands ask of it."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter

from supportbot.common.bus.port import Bus
from supportbot.common.database.transactions import Database
from supportbot.common.knowledge.port import KnowledgeIndex, index_problem
from supportbot.common.lifecycle import Check, Loops
from supportbot.common.models.settings import ModelSettings
from supportbot.indexer.adapters.embedder_opener import OpenedEmbedder, open_passage_embedder
from supportbot.indexer.adapters.given_files import FolderGivenFiles
from supportbot.indexer.adapters.paid_contexts import PaidContexts
from supportbot.indexer.adapters.register import SqlDocumentRegister
from supportbot.indexer.domain.documents import KnowledgeStatus, Progress
from supportbot.indexer.entrypoints.counting import count_documents
from supportbot.indexer.entrypoints.doorbell import Doorbell
from supportbot.indexer.entrypoints.folder import FolderWatch
from supportbot.indexer.entrypoints.senses import SenseLoop
from supportbot.indexer.entrypoints.web_pages import WebLoop
from supportbot.indexer.entrypoints.worker import Worker
from supportbot.indexer.use_cases.embed_ahead import EmbedAhead
from supportbot.indexer.use_cases.embed_passages import EmbedPassages
from supportbot.indexer.use_cases.give_documents import GiveDocuments, GivenDocument
from supportbot.indexer.use_cases.look_at_folder import LookAtFolder
from supportbot.indexer.use_cases.rebuild_index import RebuildIndex
from supportbot.indexer.use_cases.verify_index import IndexReport, VerifyIndex

_FINISH_S = 10.0
_SETTLED_S = 0.05


@dataclass(frozen=True, slots=True)
class Parts:
    """What works: made by `app.build`."""

    folder: Path
    limit: int
    """Bytes of the largest document."""
    register: SqlDocumentRegister
    doorbell: Doorbell
    look: LookAtFolder
    watch: FolderWatch
    worker: Worker
    verify: VerifyIndex
    rebuild: RebuildIndex
    embed_ahead: EmbedAhead
    contexts: PaidContexts | None = None
    senses: SenseLoop | None = None
    """Embeds passages; None where no model for that is named."""
    web: WebLoop | None = None


class IndexerService:
    """Keeps the knowledge index equal to the documents. See Service."""

    name = "indexer"

    def __init__(
        self, database: Database, bus: Bus, index: KnowledgeIndex, models: ModelSettings | None, parts: Parts
    ) -> None:
        """Use `app.build`."""
        self._database = database
        self._bus = bus
        self._index = index
        self._models = models
        self._parts = parts
        self._embedder: OpenedEmbedder | None = None
        self._loops = Loops()
        self._stopped = asyncio.Event()
        self._stopped.set()

    @property
    def routers(self) -> Sequence[APIRouter]:
        """It has no HTTP routes."""
        return ()

    @property
    def checks(self) -> Mapping[str, Check]:
        """The documents folder can be read."""
        return {
            "documents": self._check_folder,
            "document_events": self._check_bus,
            "knowledge_index": self._check_index,
        }

    async def start(self) -> None:
        """Make the documents folder where there is none, and begin to watch and to index."""
        await asyncio.to_thread(self._parts.folder.mkdir, parents=True, exist_ok=True)
        self._loops.start("index documents", self._work)
        self._loops.start("watch the documents folder", self._parts.watch.run)
        self._loops.start("count documents", lambda: count_documents(self._parts.register))
        if self._parts.web is not None:
            self._loops.start("look at web pages", self._parts.web.run)
        if self._models is not None and self._parts.senses is not None:
            self._embedder = await open_passage_embedder(self._models, self._database)
            self._parts.embed_ahead.embedder = self._embedder.passages
            embed = EmbedPassages(self._index, self._embedder.passages)
            senses = self._parts.senses
            self._loops.start("embed passages", lambda: senses.run(embed))

    async def stop(self) -> None:
        """Finish the document in work, or leave it to the next start where that takes too long."""
        self._parts.worker.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FINISH_S):
                await self._stopped.wait()
        await self._loops.stop()
        if self._embedder is not None:
            await self._embedder.close()
        if self._parts.contexts is not None:
            await self._parts.contexts.close()

    async def index_paths(self, paths: Sequence[Path], progress: Callable[[Progress], None]) -> list[GivenDocument]:
        """Copy files and folders into the documents folder and wait until they are indexed.

        The work is done by this service if it was started, else by the process that runs on the same data.

        Raises:
            PathNotFoundError: one of the paths is not there; nothing was copied.
        """
        await asyncio.to_thread(self._parts.folder.mkdir, parents=True, exist_ok=True)
        given = FolderGivenFiles(self._parts.folder, self._parts.limit)
        return await GiveDocuments(given, self._parts.register, self._parts.look.scan, self._parts.doorbell.ring)(
            paths, progress
        )

    async def passed_over(self, paths: Sequence[Path]) -> int:
        """How many files of these folders `index_paths` leaves where they are, as their kind is not read."""
        return await FolderGivenFiles(self._parts.folder, self._parts.limit).passed_over(paths)

    async def status(self) -> KnowledgeStatus:
        """What the knowledge base consists of now."""
        return await self._parts.register.status()

    async def verify(self, *, repair: bool) -> IndexReport:
        """Compare the index with the database; what has to be indexed again then, whoever indexes does."""
        report = await self._parts.verify(repair=repair)
        if report.repaired:
            self._parts.doorbell.ring()
        return report

    async def rebuild(self, told: Callable[[int, int], None]) -> int:
        """Build the index anew beside the one that is searched, and swap them; see RebuildIndex."""
        written = await self._parts.rebuild(told)
        self._parts.doorbell.ring()
        return written

    async def rescan(self) -> None:
        """Look at the documents folder now, rather than when the system reports a change."""
        await self._parts.look()

    async def until_settled(self) -> KnowledgeStatus:
        """Wait until folder and index were looked at and nothing waits to be indexed."""
        await self._parts.watch.scanned.wait()
        await self._parts.worker.matched.wait()
        while (status := await self.status()).waiting:  # noqa: ASYNC110  # another process may be doing the work
            await asyncio.sleep(_SETTLED_S)
        return status

    async def _work(self) -> None:
        self._stopped.clear()
        await self._parts.worker.run()
        self._stopped.set()
        await asyncio.Event().wait()  # a loop that returns would be started again

    async def _check_bus(self) -> str | None:
        return self._bus.problem()

    async def _check_index(self) -> str | None:
        return await index_problem(self._index)

    async def _check_folder(self) -> str | None:
        readable = await asyncio.to_thread(self._parts.folder.is_dir)
        return (
            None
            if readable
            else f"The documents folder {self._parts.folder} is not there; make it, or set DOCUMENTS_PATH"
        )
