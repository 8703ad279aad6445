"""Build the whole index anew beside the one that is searched, from the database, and let it take over."""

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID, uuid4

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.ports import IndexedCopy, ServingDocuments
from supportbot.indexer.use_cases.match_index import MatchIndex

Told = Callable[[int, int], None]
LOOK_S: Final = 0.5
PATIENCE_S: Final = 20.0
"""For documents that are being indexed when all else is done; what becomes of them then is looked at afterwards."""
_log = logger(__name__)


class RebuildIndex:
    """No file is read and no model is asked, and searches go on in the index as it was until the new one is whole.

    Documents that change meanwhile are written once more at the end, when nobody may begin with another one.
    """

    def __init__(self, index: KnowledgeIndex, documents: ServingDocuments, match: MatchIndex) -> None:
        self._index = index
        self._documents = documents
        self._match = match

    async def __call__(self, told: Told) -> int:
        """Returns how many documents were written.

        Raises:
            KnowledgeIndexUnavailableError: the index is away; the one before serves.
        """
        written = dict[DocumentId, IndexedCopy]()
        holder = uuid4()
        async with self._index.beside() as successor:
            await self._write(successor.index, written, told)
            try:
                await self._until_held(holder, successor.index, written)
                await successor.take_over()
            finally:
                await self._documents.release(holder)
        await self._match()
        _log.info("The index was rebuilt", documents=len(written))
        return len(written)

    async def _until_held(self, holder: UUID, index: KnowledgeIndex, written: dict[DocumentId, IndexedCopy]) -> None:
        """Write what has changed, until nobody can change more; who is at a document may finish it."""
        until = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            others = await self._documents.hold(holder)
            await self._write(index, written, _nobody)
            if not others or asyncio.get_running_loop().time() >= until:
                return
            await asyncio.sleep(LOOK_S)

    async def _write(self, index: KnowledgeIndex, written: dict[DocumentId, IndexedCopy], told: Told) -> None:
        """Write what serves and is not written as it is now; remove what serves no more."""
        serving = await self._documents.copies()
        for document in written.keys() - serving.keys():
            await index.remove(document)
            del written[document]
        changed = [document for document, now in serving.items() if written.get(document) != now]
        for done, document in enumerate(changed, start=1):
            kept = await self._documents.kept(document)
            if kept is not None:
                version, passages = kept
                await index.replace(document, version, passages, access=serving[document].access)
                written[document] = serving[document]  # as it was before its passages were read
            told(done, len(changed))


def _nobody(_done: int, _total: int) -> None:
    """Nobody listens."""
