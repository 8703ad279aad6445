"""The indexer put together: wiring only."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from supportbot.common.bus.port import Bus
from supportbot.common.database.alarm import DatabaseAlarm
from supportbot.common.database.document_access import recheck_access
from supportbot.common.database.transactions import Database
from supportbot.common.files.port import Files
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.models.settings import ModelSettings
from supportbot.indexer.adapters.files import FolderFiles
from supportbot.indexer.adapters.paid_contexts import PaidContexts
from supportbot.indexer.adapters.reading import FileReader
from supportbot.indexer.adapters.register import SqlDocumentRegister
from supportbot.indexer.adapters.uploads import UploadReader
from supportbot.indexer.adapters.web.opener import open_pages
from supportbot.indexer.adapters.web.sources import SqlWebSources
from supportbot.indexer.adapters.work_list import SqlWorkList
from supportbot.indexer.domain.documents import SAMPLE_PREFIX
from supportbot.indexer.entrypoints import bus as bus_entrypoint
from supportbot.indexer.entrypoints.doorbell import Doorbell
from supportbot.indexer.entrypoints.folder import FolderWatch
from supportbot.indexer.entrypoints.senses import SenseLoop
from supportbot.indexer.entrypoints.web_pages import WebLoop
from supportbot.indexer.entrypoints.worker import Worker
from supportbot.indexer.service import IndexerService, Parts
from supportbot.indexer.settings import IndexerSettings
from supportbot.indexer.use_cases.add_contexts import AddContexts
from supportbot.indexer.use_cases.choose_sample import ChooseSample
from supportbot.indexer.use_cases.embed_ahead import EmbedAhead
from supportbot.indexer.use_cases.index_document import IndexDocument
from supportbot.indexer.use_cases.look_at_folder import LookAtFolder
from supportbot.indexer.use_cases.look_at_sources import LookAtSources
from supportbot.indexer.use_cases.match_index import MatchIndex
from supportbot.indexer.use_cases.rebuild_index import RebuildIndex
from supportbot.indexer.use_cases.remove_document import RemoveDocument
from supportbot.indexer.use_cases.restrict_document import RestrictDocument
from supportbot.indexer.use_cases.scan_folder import ScanFolder
from supportbot.indexer.use_cases.verify_index import VerifyIndex
from supportbot.indexer.use_cases.work_through import WorkThrough


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
    begins_sample: bool = True
    """Whether the sample comes where there is nothing else; one that is there leaves in any case."""
    sole_owner: bool = True
    """Whether no other process can be indexing into the same index, as with the embedded one."""
    models: ModelSettings | None = None
    """Which model knows what passages mean; they are searched by words alone where none is named."""
    web: IndexerSettings | None = None
    """Which web pages are documents too."""


def build(dependencies: Dependencies) -> IndexerService:
    """Put the indexer together; nothing runs before `start`."""
    database, index, limit = dependencies.database, dependencies.index, dependencies.upload_limit
    folder, register, doorbell = dependencies.documents_path, SqlDocumentRegister(database), Doorbell()
    scan = ScanFolder(FolderFiles(folder, limit), register, "folder", "given")
    choose_sample = _sample(dependencies, register)
    look = LookAtFolder(scan, choose_sample, doorbell.ring)
    work, contexts, embed_ahead = SqlWorkList(database), _contexts(dependencies), EmbedAhead(index)
    models = dependencies.models
    add = AddContexts(contexts, models.context_model) if contexts and models else None
    tag = add.tag if add else ""
    reader = UploadReader(dependencies.files, FileReader(limit))
    index_document = IndexDocument(reader, index, register, work, add, embed_ahead=embed_ahead)
    work_through = WorkThrough(work, index_document, RemoveDocument(index, work), RestrictDocument(index, work))
    first = _first(dependencies, work)
    embedded = models if models is not None and models.has_embeddings else None
    parts = Parts(
        folder,
        limit,
        register,
        doorbell,
        look,
        FolderWatch(folder, look),
        Worker(doorbell, work_through, MatchIndex(index, work, tag), choose_sample, first),
        VerifyIndex(index, work, tag),
        RebuildIndex(index, work),
        embed_ahead,
        contexts,
        SenseLoop(dependencies.bus) if embedded else None,
        _web_loop(dependencies.web, database),
    )
    bus_entrypoint.subscribe(dependencies.bus, doorbell)
    return IndexerService(database, dependencies.bus, index, embedded, parts)


def _sample(dependencies: Dependencies, register: SqlDocumentRegister) -> ChooseSample | None:
    if dependencies.sample is None:
        return None
    files = FolderFiles(dependencies.sample, dependencies.upload_limit, prefix=SAMPLE_PREFIX, only_subfolders=True)
    return ChooseSample(ScanFolder(files, register, "sample"), register, begins=dependencies.begins_sample)


def _first(dependencies: Dependencies, work: SqlWorkList) -> Callable[[], Awaitable[None]]:
    async def first() -> None:
        if dependencies.sole_owner:
            await work.take_possession()
        await work.reread_uploads()
        await work.reread_unkept()
        await dependencies.database.write(recheck_access)

    return first


def _contexts(dependencies: Dependencies) -> PaidContexts | None:
    models, database = dependencies.models, dependencies.database
    if models is None or not models.has_contexts:
        return None
    return PaidContexts(models, database, DatabaseAlarm(database))


def _web_loop(settings: IndexerSettings | None, database: Database) -> WebLoop | None:
    if settings is None:
        return None
    fetch, pages = open_pages(settings)
    refresh_s = settings.web_refresh_hours * 3600
    return WebLoop(LookAtSources(fetch, pages, SqlWebSources(database), settings.web_sources, refresh_s))
