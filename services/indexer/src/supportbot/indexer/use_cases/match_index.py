"""Bring the memory of documents and the index into agreement, after a crash or when one of them was restored."""

from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.domain.contexts import plain_version
from supportbot.indexer.ports import ServingDocuments

_log = logger(__name__)


class MatchIndex:
    """The memory is right: what the index lacks is indexed again, what nobody knows is removed from it."""

    def __init__(self, index: KnowledgeIndex, documents: ServingDocuments, tag: str = "") -> None:
        """`tag`: of the contexts that passages should have; see `domain/contexts.py`."""
        self._index = index
        self._tag = tag
        self._documents = documents
        self._held = 0

    async def lost_everything(self) -> bool:
        """Whether the index holds nothing any more, as a server does whose disk was replaced while it ran.

        Raises:
            KnowledgeIndexUnavailableError: it is away; what it holds when it comes back nobody knows.
        """
        before, self._held = self._held, await self._index.size()
        return before > 0 and self._held == 0

    async def __call__(self) -> None:
        """Compare once; not while this process is in the middle of a document."""
        held = await self._index.versions()
        versions = {document: plain_version(version, self._tag) for document, version in held.items()}
        orphans = await self._documents.match(versions)
        for document in orphans:
            await self._index.remove(document)
        if orphans:
            _log.warning("The index held documents that do not exist; they were removed", documents=len(orphans))
