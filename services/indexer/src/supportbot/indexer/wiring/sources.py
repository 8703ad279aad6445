"""Where documents come from: the folder, the sample, the web."""

from supportbot.indexer.adapters.files import FolderFiles
from supportbot.indexer.adapters.web.opener import open_pages
from supportbot.indexer.adapters.web.sources import SqlWebSources
from supportbot.indexer.domain.documents import SAMPLE_PREFIX
from supportbot.indexer.entrypoints.web_pages import WebLoop
from supportbot.indexer.use_cases.choose_sample import ChooseSample
from supportbot.indexer.use_cases.look_at_folder import LookAtFolder
from supportbot.indexer.use_cases.look_at_sources import LookAtSources
from supportbot.indexer.use_cases.scan_folder import ScanFolder
from supportbot.indexer.wiring.ground import Ground


def look_at_folder(ground: Ground, choose_sample: ChooseSample | None) -> LookAtFolder:
    """The documents folder, which says by the doorbell what it found."""
    given = ground.given
    files = FolderFiles(given.documents_path, given.upload_limit)
    return LookAtFolder(ScanFolder(files, ground.register, "folder", "given"), choose_sample, ground.doorbell.ring)


def sample(ground: Ground) -> ChooseSample | None:
    """The help centre that serves while there is nothing else."""
    given = ground.given
    if given.sample is None:
        return None
    files = FolderFiles(given.sample, given.upload_limit, prefix=SAMPLE_PREFIX, only_subfolders=True)
    return ChooseSample(ScanFolder(files, ground.register, "sample"), ground.register, begins=given.begins_sample)


def web_loop(ground: Ground) -> WebLoop | None:
    """Web pages that become files of the folder."""
    settings = ground.given.web
    if settings is None:
        return None
    fetch, pages = open_pages(settings)
    refresh_s = settings.web_refresh_hours * 3600
    sources = SqlWebSources(ground.given.database)
    return WebLoop(LookAtSources(fetch, pages, sources, settings.web_sources, refresh_s))
