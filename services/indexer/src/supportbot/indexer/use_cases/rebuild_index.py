"""Write everything into the index anew, from the database, while it is searched."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import uuid4

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.chunk_ids import with_context
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.domain.documents import ClaimedDocument
from supportbot.indexer.ports import WorkList

Told = Callable[[int, int], None]
_log = logger(__name__)


class RebuildIndex:
    """Document by document: its passages are written beside those that serve, and take their place as a whole.

    No file is read and no model is asked. The new passages have ids of their own, so that none of the old ones is
    taken for one of them; once the document changes, they have the usual ids again.
    """

    def __init__(self, index: KnowledgeIndex, work: WorkList) -> None:
        self._index = index
        self._work = work

    async def __call__(self, told: Told) -> tuple[int, list[DocumentId]]:
        """Returns how many documents were written, and those that were not: they are being indexed anyway.

        Raises:
            KnowledgeIndexUnavailableError: the index is away; what was done stays done.
        """
        salt = uuid4().hex
        names = [name for name, one in (await self._work.serving()).items() if one.version is not None]
        left: list[DocumentId] = []
        for done, name in enumerate(names, start=1):
            claimed = await self._work.claim_settled(name)
            if claimed is None:
                left.append(name)
            else:
                await self._rewrite(claimed, salt)
            told(done, len(names))
        _log.info("The index was rebuilt", documents=len(names) - len(left), left=len(left))
        return len(names) - len(left), left

    async def _rewrite(self, claimed: ClaimedDocument, salt: str) -> None:
        try:
            kept = await self._work.kept(claimed.document)
            if kept is not None:
                version, passages = kept
                anew = _under_new_ids(passages, salt)
                await self._index.replace(claimed.document, version, anew, access=claimed.access)
        finally:
            await self._work.postpone(claimed, error="", seconds=0, charged=False)


def _under_new_ids(passages: Sequence[Passage], salt: str) -> list[Passage]:
    return [replace(passage, chunk_id=with_context(passage.chunk_id, salt)) for passage in passages]
