"""The indexer put together: build(dependencies) -> IndexerService."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter

from supportbot.common.bus.port import Bus
from supportbot.common.database.alarm import DatabaseAlarm
from supportbot.common.database.document_access import recheck_access
from supportbot.common.database.transactions import Database
from supportbot.common.files.port import Files
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.port import KnowledgeIndex, KnowledgeIndexUnavailableError
from supportbot.common.lifecycle import Check, Loops
from supportbot.common.models.settings import ModelSettings
from supportbot.indexer.adapters.embedder_opener import OpenedEmbedder, open_passage_embedder
from supportbot.indexer.adapters.files import FolderFiles
from supportbot.indexer.adapters.given_files import FolderGivenFiles
from supportbot.indexer.adapters.paid_contexts import PaidContexts
from supportbot.indexer.adapters.reading import FileReader
from supportbot.indexer.adapters.register import SqlDocumentRegister
from supportbot.indexer.adapters.uploads import UploadReader
from supportbot.indexer.adapters.web.opener import open_pages
from supportbot.indexer.adapters.work_list import SqlWorkList
from supportbot.indexer.domain.documents import SAMPLE_PREFIX, KnowledgeStatus, Progress
from supportbot.indexer.entrypoints import bus as bus_entrypoint
from supportbot.indexer.entrypoints.counting import count_documents
from supportbot.indexer.entrypoints.doorbell import Doorbell
from supportbot.indexer.entrypoints.folder import FolderWatch
from supportbot.indexer.entrypoints.senses import SenseLoop
from supportbot.indexer.entrypoints.web_pages import WebLoop
from supportbot.indexer.entrypoints.worker import Worker
from supportbot.indexer.settings import IndexerSettings
from supportbot.indexer.use_cases.add_contexts import AddContexts
from supportbot.indexer.use_cases.choose_sample import ChooseSample
from supportbot.indexer.use_cases.embed_ahead import EmbedAhead
from supportbot.indexer.use_cases.embed_passages import EmbedPassages
from supportbot.indexer.use_cases.give_documents import GiveDocuments, GivenDocument
from supportbot.indexer.use_cases.index_document import IndexDocument
from supportbot.indexer.use_cases.match_index import MatchIndex
from supportbot.indexer.use_cases.rebuild_index import RebuildIndex
from supportbot.indexer.use_cases.remove_document import RemoveDocument
from supportbot.indexer.use_cases.restrict_document import RestrictDocument
from supportbot.indexer.use_cases.scan_folder import ScanFolder
from supportbot.indexer.use_cases.verify_index import IndexReport, VerifyIndex
from supportbot.indexer.use_cases.work_through import WorkThrough

_FINISH_S = 10.0
_SETTLED_S = 0.05


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the indexer is built from."""

    database: Database
    bus: Bus
    index: KnowledgeIndex
    files: Files
    documents_path: Path
    upload_limit: int
    sample: Path | None = None
    """Folder of the sample help centre, whose subfolders are indexed while there are no other documents."""
    sole_owner: bool = True
    """Whether no other process can be indexing into the same index, as with the embedded one."""
    models: ModelSettings | None = None
    """Which model knows what passages mean; they are searched by words alone where none is named."""
    web: IndexerSettings | None = None
    """Which web pages are documents too."""


class IndexerService:
    """Keeps the knowledge index equal to the documents folder."""

    name = "indexer"

    def __init__(self, dependencies: Dependencies) -> None:
        """Use `build`."""
        self._folder = dependencies.documents_path
        self._bus = dependencies.bus
        self._index = dependencies.index
        self._register = SqlDocumentRegister(dependencies.database)
        self._doorbell = Doorbell()
        limit = dependencies.upload_limit
        self._scan = ScanFolder(FolderFiles(self._folder, limit), self._register, "folder", "given")
        self._choose_sample = self._sample(dependencies)
        self._contexts = _contexts(dependencies)
        self._embed_ahead = EmbedAhead(self._index)
        self._worker = self._build_worker(dependencies)
        self._watch = FolderWatch(self._folder, self._scan_all)
        self._limit = limit
        models = dependencies.models
        self._models = models if models is not None and models.has_embeddings else None
        self._database = dependencies.database
        self._senses = SenseLoop(dependencies.bus) if self._models else None
        self._embedder: OpenedEmbedder | None = None
        self._web = _web_loop(dependencies.web)
        self._loops = Loops()
        self._stopped = asyncio.Event()
        self._stopped.set()
        bus_entrypoint.subscribe(dependencies.bus, self._doorbell)

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
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        self._loops.start("index documents", self._work)
        self._loops.start("watch the documents folder", self._watch.run)
        self._loops.start("count documents", lambda: count_documents(self._register))
        if self._web is not None:
            self._loops.start("look at web pages", self._web.run)
        if self._models is not None and self._senses is not None:
            self._embedder = await open_passage_embedder(self._models, self._database)
            self._embed_ahead.embedder = self._embedder.passages
            embed = EmbedPassages(self._index, self._embedder.passages)
            senses = self._senses
            self._loops.start("embed passages", lambda: senses.run(embed))

    async def stop(self) -> None:
        """Finish the document in work, or leave it to the next start where that takes too long."""
        self._worker.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FINISH_S):
                await self._stopped.wait()
        await self._loops.stop()
        if self._embedder is not None:
            await self._embedder.close()
        if self._contexts is not None:
            await self._contexts.close()

    async def index_paths(self, paths: Sequence[Path], progress: Callable[[Progress], None]) -> list[GivenDocument]:
        """Copy files and folders into the documents folder and wait until they are indexed.

        The work is done by this service if it was started, else by the process that runs on the same data.

        Raises:
            PathNotFoundError: one of the paths is not there; nothing was copied.
        """
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        given = FolderGivenFiles(self._folder, self._limit)
        return await GiveDocuments(given, self._register, self._scan, self._doorbell.ring)(paths, progress)

    async def passed_over(self, paths: Sequence[Path]) -> int:
        """How many files of these folders `index_paths` leaves where they are, as their kind is not read."""
        return await FolderGivenFiles(self._folder, self._limit).passed_over(paths)

    async def status(self) -> KnowledgeStatus:
        """What the knowledge base consists of now."""
        return await self._register.status()

    async def verify(self, *, repair: bool) -> IndexReport:
        """Compare the index with the database; what has to be indexed again then, whoever indexes does."""
        report = await self._verify(repair=repair)
        if report.repaired:
            self._doorbell.ring()
        return report

    async def rebuild(self, told: Callable[[int, int], None]) -> tuple[int, list[DocumentId]]:
        """Write everything into the index anew while it is searched; see RebuildIndex."""
        return await self._rebuild(told)

    async def rescan(self) -> None:
        """Look at the documents folder now, rather than when the system reports a change."""
        await self._scan_all()

    async def until_settled(self) -> KnowledgeStatus:
        """Wait until folder and index were looked at and nothing waits to be indexed."""
        await self._watch.scanned.wait()
        await self._worker.matched.wait()
        while (status := await self.status()).waiting:  # noqa: ASYNC110  # another process may be doing the work
            await asyncio.sleep(_SETTLED_S)
        return status

    async def _work(self) -> None:
        self._stopped.clear()
        await self._worker.run()
        self._stopped.set()
        await asyncio.Event().wait()  # a loop that returns would be started again

    async def _scan_all(self) -> None:
        await self._scan()
        if self._choose_sample is not None:
            await self._choose_sample()
        self._doorbell.ring()

    async def _check_bus(self) -> str | None:
        return self._bus.problem()

    async def _check_index(self) -> str | None:
        try:
            await self._index.size()
        except KnowledgeIndexUnavailableError as error:
            return str(error)
        return None

    async def _check_folder(self) -> str | None:
        readable = await asyncio.to_thread(self._folder.is_dir)
        return None if readable else f"The documents folder {self._folder} is not there; make it, or set DOCUMENTS_PATH"

    def _sample(self, dependencies: Dependencies) -> ChooseSample | None:
        if dependencies.sample is None:
            return None
        files = FolderFiles(dependencies.sample, dependencies.upload_limit, prefix=SAMPLE_PREFIX, only_subfolders=True)
        return ChooseSample(ScanFolder(files, self._register, "sample"), self._register)

    def _build_worker(self, dependencies: Dependencies) -> Worker:
        index, work = dependencies.index, SqlWorkList(dependencies.database)
        reader = UploadReader(dependencies.files, FileReader(dependencies.upload_limit))
        models = dependencies.models
        add = AddContexts(self._contexts, models.context_model) if self._contexts and models else None
        index_document = IndexDocument(reader, index, self._register, work, add, embed_ahead=self._embed_ahead)
        tag = add.tag if add else ""
        match_index = MatchIndex(index, work, tag)
        self._verify, self._rebuild = VerifyIndex(index, work, tag), RebuildIndex(index, work)
        work_through = WorkThrough(work, index_document, RemoveDocument(index, work), RestrictDocument(index, work))

        async def first() -> None:
            if dependencies.sole_owner:
                await work.take_possession()
            await work.reread_uploads()
            await work.reread_unkept()
            await dependencies.database.write(recheck_access)

        return Worker(self._doorbell, work_through, match_index, self._choose_sample, first)


def _contexts(dependencies: Dependencies) -> PaidContexts | None:
    models, database = dependencies.models, dependencies.database
    if models is None or not models.has_contexts:
        return None
    return PaidContexts(models, database, DatabaseAlarm(database))


def build(dependencies: Dependencies) -> IndexerService:
    """Put the indexer together; nothing runs before `start`."""
    return IndexerService(dependencies)


def _web_loop(settings: IndexerSettings | None) -> WebLoop | None:
    if settings is None:
        return None
    fetch, pages = open_pages(settings)
    return WebLoop(fetch, pages, settings.web_sources, settings.web_refresh_hours * 3600)
