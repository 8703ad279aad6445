"""How documents get into the index, and how the index is kept equal to them."""

from dataclasses import dataclass

from supportbot.common.database.alarm import DatabaseAlarm
from supportbot.common.database.document_access import recheck_access
from supportbot.indexer.adapters.paid_contexts import PaidContexts
from supportbot.indexer.adapters.reading import FileReader
from supportbot.indexer.adapters.uploads import UploadReader
from supportbot.indexer.entrypoints.worker import Worker
from supportbot.indexer.use_cases.add_contexts import AddContexts
from supportbot.indexer.use_cases.choose_sample import ChooseSample
from supportbot.indexer.use_cases.embed_ahead import EmbedAhead
from supportbot.indexer.use_cases.index_document import IndexDocument
from supportbot.indexer.use_cases.match_index import MatchIndex
from supportbot.indexer.use_cases.rebuild_index import RebuildIndex
from supportbot.indexer.use_cases.remove_document import RemoveDocument
from supportbot.indexer.use_cases.restrict_document import RestrictDocument
from supportbot.indexer.use_cases.verify_index import VerifyIndex
from supportbot.indexer.use_cases.work_through import WorkThrough
from supportbot.indexer.wiring.ground import Dependencies, Ground


@dataclass(frozen=True, slots=True)
class Indexing:
    """Whoever works on documents and on the index."""

    worker: Worker
    verify: VerifyIndex
    rebuild: RebuildIndex
    embed_ahead: EmbedAhead
    contexts: PaidContexts | None


def indexing(ground: Ground, choose_sample: ChooseSample | None) -> Indexing:
    """Reading, indexing, removing, restricting; comparing and rebuilding."""
    index, serving = ground.given.index, ground.serving
    models, contexts = ground.given.models, _contexts(ground.given)
    add = AddContexts(contexts, models.context_model) if contexts and models else None
    tag = add.tag if add else ""
    embed_ahead, match = EmbedAhead(index), MatchIndex(index, serving, tag)
    work_through = _work_through(ground, add, embed_ahead)
    worker = Worker(ground.doorbell, work_through, match, choose_sample, lambda: _first(ground))
    return Indexing(
        worker, VerifyIndex(index, serving, tag), RebuildIndex(index, serving, match), embed_ahead, contexts
    )


def _work_through(ground: Ground, add: AddContexts | None, embed_ahead: EmbedAhead) -> WorkThrough:
    index, work = ground.given.index, ground.work
    reader = UploadReader(ground.given.files, FileReader(ground.given.upload_limit))
    index_document = IndexDocument(reader, index, ground.register, work, add, embed_ahead=embed_ahead)
    return WorkThrough(work, index_document, RemoveDocument(index, work), RestrictDocument(index, work))


async def _first(ground: Ground) -> None:
    """Before the first document."""
    if ground.given.sole_owner:
        await ground.serving.take_possession()
    await ground.serving.reread_uploads()
    await ground.serving.reread_unkept()
    await ground.given.database.write(recheck_access)


def _contexts(given: Dependencies) -> PaidContexts | None:
    if given.models is None or not given.models.has_contexts:
        return None
    return PaidContexts(given.models, given.database, DatabaseAlarm(given.database))
