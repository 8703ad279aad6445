"""Removes contents that nothing has any more, and what uploads left that broke off with their process."""

import asyncio

from supportbot.admin_api.documents.repository import DocumentRepository
from supportbot.admin_api.documents.service import SWEEP_EVERY_S, UNUSED_FOR_S
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.files.port import Files, FilesUnavailableError
from supportbot.common.telemetry.logging import logger

_log = logger(__name__)


async def sweep_contents(files: Files, repository: DocumentRepository, *, every_s: float = SWEEP_EVERY_S) -> None:
    """Sweep every few minutes for as long as the process lives; several processes that do are in nobody's way."""
    while True:
        try:
            removed = await files.sweep(UNUSED_FOR_S, repository.contents_in_use)
            if removed:
                _log.info("Contents that nothing has any more were removed", contents=removed)
        except (DatabaseUnavailableError, FilesUnavailableError) as error:
            _log.warning("Sweeping uploaded contents has to wait", error=str(error))
        await asyncio.sleep(every_s)
