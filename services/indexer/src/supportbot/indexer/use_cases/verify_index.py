"""Compare the index with the database, passage by passage, and mend what differs where that is wanted."""

from dataclasses import dataclass, field

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.domain.contexts import plain_version
from supportbot.indexer.ports import ServingDocument, ServingDocuments

_log = logger(__name__)


@dataclass(slots=True)
class IndexReport:
    """What was compared, and how it differs."""

    documents: int = 0
    passages: int = 0
    missing: list[DocumentId] = field(default_factory=list)
    """Documents that should be searched and are not in the index."""
    orphaned: list[DocumentId] = field(default_factory=list)
    """Documents in the index of which nobody knows."""
    stale: list[DocumentId] = field(default_factory=list)
    """Documents of which the index holds another version."""
    damaged: list[DocumentId] = field(default_factory=list)
    """Documents of which the index lacks passages."""
    busy: int = 0
    """Documents that are being indexed now, and were left out."""
    repaired: bool = False
    """Whether what differs was removed, or is to be indexed again."""

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not (self.missing or self.orphaned or self.stale or self.damaged)


class VerifyIndex:
    """The database is right. Documents that must be indexed again are left to whoever indexes."""

    def __init__(self, index: KnowledgeIndex, documents: ServingDocuments, tag: str = "") -> None:
        """`tag`: of the contexts that passages should have; see `domain/contexts.py`."""
        self._index = index
        self._documents = documents
        self._tag = tag

    async def __call__(self, *, repair: bool) -> IndexReport:
        """Compare once.

        Raises:
            KnowledgeIndexUnavailableError: the index is away.
        """
        held = await self._index.versions()
        serving = await self._documents.serving()
        report = IndexReport(documents=len(serving))
        for document in serving.values():
            await self._compare(document, held.get(document.document), report)
        report.orphaned = [document for document in held if document not in serving]
        if repair and not report.agrees:
            await self._repair(report)
        return report

    async def _compare(self, document: ServingDocument, held: str | None, report: IndexReport) -> None:
        name = document.document
        if document.busy:
            report.busy += 1
        elif held is None and document.version is not None:
            report.missing.append(name)
        elif held is not None and plain_version(held, self._tag) != document.version:
            report.stale.append(name)
        elif held is not None:
            found = len(await self._index.neighbours(name, range(document.passages)))
            report.passages += found
            if found != document.passages:
                report.damaged.append(name)

    async def _repair(self, report: IndexReport) -> None:
        for document in (*report.orphaned, *report.damaged):
            await self._index.remove(document)
        held = await self._index.versions()
        await self._documents.match({name: plain_version(version, self._tag) for name, version in held.items()})
        report.repaired = True
        counts = {"missing": len(report.missing), "orphaned": len(report.orphaned), "stale": len(report.stale)}
        _log.warning("Index and database differed; it was mended", **counts, damaged=len(report.damaged))
