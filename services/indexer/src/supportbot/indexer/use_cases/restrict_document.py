"""Let the index know who may find a document, and until when."""

from supportbot.common.knowledge.access import Access
from supportbot.common.knowledge.port import KnowledgeIndex, KnowledgeIndexUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.domain.documents import ClaimedDocument
from supportbot.indexer.ports import WorkList

_RETRY_S = 5.0
_log = logger(__name__)


class RestrictDocument:
    """Of a document whose content is dealt with: no file is read for it, and no passage written."""

    def __init__(self, index: KnowledgeIndex, work: WorkList) -> None:
        self._index = index
        self._work = work

    async def follow(self, claimed: ClaimedDocument, before: Access) -> Access:
        """What it is now, while somebody is at the document; the index hears at once where that is another."""
        access = await self._work.access(claimed)
        if access != before:
            await self._index.restrict(claimed.document, access)
        return access

    async def __call__(self, claimed: ClaimedDocument) -> None:
        """Tell the index, and give the claim back."""
        try:
            await self._index.restrict(claimed.document, claimed.access)
        except KnowledgeIndexUnavailableError as error:
            _log.warning("Who may find a document cannot be changed now", document=claimed.document, error=str(error))
            await self._work.postpone(claimed, error=str(error), seconds=_RETRY_S, charged=False)
            return
        await self._work.restricted(claimed)
        _log.info("Who may find a document was changed", document=claimed.document, audience=claimed.access.audience)
