"""Make a document disappear from answers."""

from supportbot.common.knowledge.port import KnowledgeIndex, KnowledgeIndexUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.domain.documents import ClaimedDocument
from supportbot.indexer.ports import WorkList

_RETRY_S = 5.0
_log = logger(__name__)


class RemoveDocument:
    """First from the index, then from the memory: after a crash in between it is simply done again."""

    def __init__(self, index: KnowledgeIndex, work: WorkList) -> None:
        self._index = index
        self._work = work

    async def __call__(self, claimed: ClaimedDocument) -> None:
        """Remove a claimed document."""
        try:
            await self._index.remove(claimed.document)
        except KnowledgeIndexUnavailableError as error:
            _log.warning("Removing a document has to wait", document=claimed.document, error=str(error))
            await self._work.postpone(claimed, error=str(error), seconds=_RETRY_S, charged=False)
            return
        await self._work.forget(claimed)
        _log.debug("Document removed", document=claimed.document)
