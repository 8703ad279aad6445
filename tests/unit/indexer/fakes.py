"""What stands in for the files, the memory and the reader of documents."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID, uuid4

from supportbot.common.database.document_progress import StageReached
from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.access import Access, Audience
from supportbot.common.knowledge.passages import Candidate, Passage, SparseVector
from supportbot.common.knowledge.port import Advance, Successor
from supportbot.common.knowledge.senses import Sense, SenseSpace, Vector
from supportbot.indexer.domain.chunking import chunk_document
from supportbot.indexer.domain.documents import (
    ClaimedDocument,
    FoundFile,
    KnowledgeStatus,
    KnownDocument,
    Origin,
    StoredOutcome,
)
from supportbot.indexer.ports import IndexedCopy, Look, ReadDocument, ServingDocument


def found(name: str, fingerprint: str = "f1") -> FoundFile:
    """A file as a look shows it."""
    return FoundFile(DocumentId(name), Path("/documents") / name, 10, fingerprint)


def claimed(name: str, *, attempts: int = 1, removing: bool = False) -> ClaimedDocument:
    """A document that a worker has just claimed."""
    path = Path("/documents") / name
    return ClaimedDocument(
        DocumentId(name), uuid4(), "folder", "removing" if removing else "waiting", "v1", path, attempts
    )


@dataclass
class PreparedFiles:
    """Files: shows what was prepared; a version may be an error."""

    versions: dict[FoundFile, str | Exception] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()
    asked: list[DocumentId] = field(default_factory=list)

    async def look(self) -> Look:
        return Look(tuple(self.versions), self.unseen)

    async def version(self, file: FoundFile) -> str:
        self.asked.append(file.document)
        version = self.versions[file]
        if isinstance(version, Exception):
            raise version
        return version


@dataclass
class RegisterInMemory:
    """DocumentRegister."""

    rows: dict[DocumentId, KnownDocument] = field(default_factory=dict)
    errors: dict[DocumentId, str] = field(default_factory=dict)
    sample_over: bool = False

    async def known(self, *origins: Origin) -> dict[DocumentId, KnownDocument]:
        return {name: row for name, row in self.rows.items() if row.origin in origins}

    async def note_changed(self, files: Sequence[tuple[FoundFile, str]], origin: Origin) -> None:
        for file, version in files:
            before = self.rows.get(file.document)
            serving = before.indexed_version if before else None
            self.rows[file.document] = KnownDocument(
                file.document, origin, "waiting", version, serving, file.fingerprint, str(file.path)
            )

    async def note_seen(self, fingerprints: Mapping[DocumentId, str]) -> None:
        for name, fingerprint in fingerprints.items():
            self.rows[name] = replace(self.rows[name], fingerprint=fingerprint)

    async def note_unreadable(self, file: FoundFile, origin: Origin, error: str) -> None:
        await self.note_changed([(replace(file, fingerprint=""), "")], origin)
        self.rows[file.document] = replace(self.rows[file.document], state="failed")
        self.errors[file.document] = error

    async def note_given(self, document: DocumentId, source: Path) -> None:
        raise NotImplementedError

    async def given_from(self, document: DocumentId) -> str | None:
        raise NotImplementedError

    async def begin_removal(self, documents: Sequence[DocumentId]) -> None:
        for name in documents:
            self.rows[name] = replace(self.rows[name], state="removing")

    async def note_sample_over(self) -> None:
        self.sample_over = True

    async def outcomes(self, documents: Sequence[DocumentId]) -> dict[DocumentId, StoredOutcome]:
        raise NotImplementedError

    async def status(self) -> KnowledgeStatus:
        raise NotImplementedError

    async def stages(self) -> dict[str, int]:
        raise NotImplementedError

    def indexed(self, name: str) -> None:
        """The worker has finished this document."""
        row = self.rows[DocumentId(name)]
        self.rows[row.document] = replace(row, state="ready", indexed_version=row.version)


@dataclass
class WorkInMemory:
    """WorkList: hands out what was prepared, and notes how each claim ended."""

    due: list[ClaimedDocument] = field(default_factory=list)
    ended: list[tuple[DocumentId, str]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    told: list[tuple[DocumentId, StageReached]] = field(default_factory=list)
    changed: Access | None = None
    """Who may find a document since it was claimed."""
    stuck: bool = False

    async def claim(self) -> ClaimedDocument | None:
        return self.due.pop(0) if self.due else None

    async def renew(self, claimed: ClaimedDocument) -> None:
        self.ended.append((claimed.document, "renewed"))

    async def tell(self, claimed: ClaimedDocument, reached: StageReached) -> None:
        self.told.append((claimed.document, reached))

    async def access(self, claimed: ClaimedDocument) -> Access:
        return self.changed or claimed.access

    async def restricted(self, claimed: ClaimedDocument) -> None:
        self.ended.append((claimed.document, "restricted"))

    async def finish(self, claimed: ClaimedDocument, read: ReadDocument, held: str) -> None:
        self.ended.append((claimed.document, f"finished {read.version}"))

    async def fail(self, claimed: ClaimedDocument, error: str) -> None:
        self.ended.append((claimed.document, f"failed: {error}"))

    async def postpone(self, claimed: ClaimedDocument, *, error: str, seconds: float, charged: bool) -> None:
        if self.stuck:
            await asyncio.Event().wait()
        self.pauses.append(seconds)
        self.ended.append((claimed.document, f"postponed{' charged' if charged else ''}: {error}"))

    async def forget(self, claimed: ClaimedDocument) -> None:
        self.ended.append((claimed.document, "forgotten"))


@dataclass
class ServingInMemory:
    """ServingDocuments: says what the index holds without anybody knowing of it."""

    orphans: list[DocumentId] = field(default_factory=list)

    async def serving(self) -> dict[DocumentId, ServingDocument]:
        raise NotImplementedError

    async def copies(self) -> dict[DocumentId, IndexedCopy]:
        raise NotImplementedError

    async def hold(self, holder: UUID) -> int:
        raise NotImplementedError

    async def release(self, holder: UUID) -> None:
        raise NotImplementedError

    async def kept(self, document: DocumentId) -> tuple[str, list[Passage]] | None:
        raise NotImplementedError

    async def reread_unkept(self) -> int:
        raise NotImplementedError

    async def take_possession(self) -> None:
        raise NotImplementedError

    async def reread_uploads(self) -> int:
        raise NotImplementedError

    async def match(self, versions: Mapping[DocumentId, str]) -> list[DocumentId]:
        return self.orphans


@dataclass
class PreparedReader:
    """DocumentReader: gives a text as a document, or raises what was prepared."""

    error: BaseException | None = None
    isolated: list[bool] = field(default_factory=list)
    reading: asyncio.Event = field(default_factory=asyncio.Event)
    hangs: bool = False

    async def read(self, document: DocumentId, location: Path, *, isolated: bool) -> ReadDocument:
        self.isolated.append(isolated)
        self.reading.set()
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return ReadDocument("Title", "v1", 10, tuple(chunk_document(document, "Title", "Some text.")))


@dataclass
class IndexInMemory:
    """KnowledgeIndex, as far as the indexer writes to it."""

    documents: dict[DocumentId, tuple[str, tuple[Passage, ...]]] = field(default_factory=dict)
    access: dict[DocumentId, Access] = field(default_factory=dict)
    restricted: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None
    looks: int = 0

    async def search(
        self,
        vectors: Mapping[str, SparseVector],
        limit: int,
        sense: Sense | None = None,
        reader: Audience = "public",
    ) -> list[Candidate]:
        raise NotImplementedError

    async def frequencies(self, space: str, terms: Sequence[int]) -> dict[int, int]:
        raise NotImplementedError

    async def size(self) -> int:
        self.looks += 1
        return sum(len(passages) for _, passages in self.documents.values())

    async def has_for_operators(self) -> bool:
        raise NotImplementedError

    async def neighbours(self, document: DocumentId, positions: Sequence[int]) -> list[Passage]:
        raise NotImplementedError

    async def replace(
        self,
        document: DocumentId,
        version: str,
        passages: Sequence[Passage],
        advance: Advance | None = None,
        access: Access | None = None,
    ) -> None:
        if self.error is not None:
            raise self.error
        self.documents[document] = (version, tuple(passages))
        if access is not None:
            self.access[document] = access

    async def restrict(self, document: DocumentId, access: Access) -> None:
        self.access[document] = access
        self.restricted.set()

    async def remove(self, document: DocumentId) -> None:
        if self.error is not None:
            raise self.error
        self.documents.pop(document, None)

    async def versions(self) -> dict[DocumentId, str]:
        return {name: version for name, (version, _) in self.documents.items()}

    async def sense_space(self) -> SenseSpace | None:
        raise NotImplementedError

    async def without_sense(self, document: DocumentId, space: SenseSpace) -> list[Passage]:
        raise NotImplementedError

    async def add_senses(self, document: DocumentId, space: SenseSpace, vectors: Mapping[ChunkId, Vector]) -> None:
        raise NotImplementedError

    async def use_space(self, space: SenseSpace) -> None:
        raise NotImplementedError

    def beside(self) -> AbstractAsyncContextManager[Successor]:
        raise NotImplementedError

    async def snapshot(self, folder: Path) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing to let go of."""
