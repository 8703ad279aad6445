"""The indexer put together: wiring only."""

from supportbot.indexer.entrypoints import bus as bus_entrypoint
from supportbot.indexer.entrypoints.folder import FolderWatch
from supportbot.indexer.entrypoints.senses import SenseLoop
from supportbot.indexer.service import IndexerService, Parts
from supportbot.indexer.wiring.ground import Dependencies, Ground
from supportbot.indexer.wiring.indexing import indexing
from supportbot.indexer.wiring.sources import look_at_folder, sample, web_loop

__all__ = ["Dependencies", "build"]


def build(dependencies: Dependencies) -> IndexerService:
    """Put the indexer together; nothing runs before `start`."""
    given, ground = dependencies, Ground.of(dependencies)
    choose_sample = sample(ground)
    look, made = look_at_folder(ground, choose_sample), indexing(ground, choose_sample)
    embedded = given.models if given.models is not None and given.models.has_embeddings else None
    parts = Parts(
        given.documents_path,
        given.upload_limit,
        ground.register,
        ground.doorbell,
        look,
        FolderWatch(given.documents_path, look),
        made.worker,
        made.verify,
        made.rebuild,
        made.embed_ahead,
        made.contexts,
        SenseLoop(given.bus) if embedded else None,
        web_loop(ground),
    )
    bus_entrypoint.subscribe(given.bus, ground.doorbell)
    return IndexerService(given.database, given.bus, given.index, embedded, parts)
