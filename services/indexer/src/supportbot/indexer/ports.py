"""What the indexer needs of files and of the memory of documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from supportbot.common.database.document_progress import StageReached
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import Access
from supportbot.common.knowledge.passages import Passage
from supportbot.indexer.domain.documents import (
    ClaimedDocument,
    FoundFile,
    KnowledgeStatus,
    KnownDocument,
    Origin,
    StoredOutcome,
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a folder showed."""

    files: tuple[FoundFile, ...]
    unseen: tuple[str, ...]
    """Beginnings of ids that could not be looked at: what is known below them must not count as removed."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document's content, cut into passages."""

    title: str
    version: str
    size: int
    passages: tuple[Passage, ...]
    warning: str = ""


class Files(Protocol):
    """The files of one folder that belong to the knowledge base."""

    async def look(self) -> Look:
        """Every file of a kind that is read, hidden and temporary ones left out."""
        ...

    async def version(self, file: FoundFile) -> str:
        """The version of a file's content.

        Raises:
            UnreadableDocumentError: it is too large, or may not be read.
            DocumentGoneError: it is not there any more.
        """
        ...


class GivenFiles(Protocol):
    """Files anywhere on this machine that are to become documents."""

    async def plan(self, paths: Sequence[Path]) -> list[tuple[Path, DocumentId]]:
        """Every file of a kind that is read in these files and folders, with the document that it would become.

        Raises:
            PathNotFoundError: one of the paths is not there.
        """
        ...

    def is_at_home(self, source: Path) -> bool:
        """Whether a file lies in the documents folder already."""
        ...

    async def copy(self, source: Path, document: DocumentId, *, replace: bool) -> str:
        """Copy a file into the documents folder; returns why that was not done, or nothing.

        Another file of the same name there is replaced only with `replace`; one with the same content is left.
        """
        ...


class DocumentReader(Protocol):
    """Makes passages of a document."""

    async def read(self, document: DocumentId, location: Path, *, isolated: bool) -> ReadDocument:
        """Read, parse and cut a document; `isolated` does so where a crash or hang hurts nobody.

        `location` is its file; of an uploaded one, the digest of its content.

        Raises:
            UnreadableDocumentError: nothing can be made of it.
            DocumentGoneError: the file is not there any more.
        """
        ...


class DocumentRegister(Protocol):
    """The memory of which documents there are."""

    async def known(self, *origins: Origin) -> dict[DocumentId, KnownDocument]:
        """All documents of these origins."""
        ...

    async def note_changed(self, files: Sequence[tuple[FoundFile, str]], origin: Origin) -> None:
        """New or changed files with their versions: they wait to be indexed."""
        ...

    async def note_seen(self, fingerprints: Mapping[DocumentId, str]) -> None:
        """Files whose content is as known, whatever their dates say."""
        ...

    async def note_unreadable(self, file: FoundFile, origin: Origin, error: str) -> None:
        """A file that cannot even be read; what was made of it earlier still serves."""
        ...

    async def note_given(self, document: DocumentId, source: Path) -> None:
        """A document was copied into the folder on somebody's request."""
        ...

    async def given_from(self, document: DocumentId) -> str | None:
        """Where a document was copied from, if it was."""
        ...

    async def begin_removal(self, documents: Sequence[DocumentId]) -> None:
        """Documents that are to disappear."""
        ...

    async def note_sample_over(self) -> None:
        """The sample is not wanted any more, even if it never was there."""
        ...

    async def outcomes(self, documents: Sequence[DocumentId]) -> dict[DocumentId, StoredOutcome]:
        """How far the indexing of these documents is."""
        ...

    async def status(self) -> KnowledgeStatus:
        """What the knowledge base consists of."""
        ...

    async def stages(self) -> dict[str, int]:
        """How many documents are at each stage, and how many have failed; none is left out."""
        ...


class WorkList(Protocol):
    """Documents that something has to be done about, one worker at each."""

    async def claim(self) -> ClaimedDocument | None:
        """The document that has been due longest, for this worker alone for a while; None if none is due."""
        ...

    async def renew(self, claimed: ClaimedDocument) -> None:
        """Hold a claim for a while longer."""
        ...

    async def tell(self, claimed: ClaimedDocument, reached: StageReached) -> None:
        """Store where the work is, for people to see; it decides nothing."""
        ...

    async def access(self, claimed: ClaimedDocument) -> Access:
        """Who may find a claimed document now, whatever that was when it was claimed."""
        ...

    async def restricted(self, claimed: ClaimedDocument) -> None:
        """The index knows who may find the document, as it was when it was claimed. A settled one is given back."""
        ...

    async def finish(self, claimed: ClaimedDocument, read: ReadDocument, held: str) -> None:
        """The index serves this content now, and names it `held`. If the file has changed, the document is due again.

        Its passages, as they were indexed, are kept.
        """
        ...

    async def fail(self, claimed: ClaimedDocument, error: str) -> None:
        """Nothing can be made of this content; what was made of the one before still serves."""
        ...

    async def postpone(self, claimed: ClaimedDocument, *, error: str, seconds: float, charged: bool) -> None:
        """Give a claim back, to be taken again later; `charged` counts it as an attempt."""
        ...

    async def forget(self, claimed: ClaimedDocument) -> None:
        """The document has disappeared from the index."""
        ...


@dataclass(frozen=True, slots=True)
class ServingDocument:
    """A document as the database knows it, to be compared with the index."""

    document: DocumentId
    version: str | None
    """What should serve; None where nothing does yet."""
    passages: int
    busy: bool
    """Whether somebody is at it now."""


@dataclass(frozen=True, slots=True)
class IndexedCopy:
    """Of a document that serves: equal to an earlier one as long as nothing of it has changed."""

    version: str
    """As the index names it."""
    access: Access
    indexed_at: datetime | None


class ServingDocuments(Protocol):
    """What should be in the index, and what of it has to be made again."""

    async def take_possession(self) -> None:
        """No other process can be at work: every claim of an earlier one ends now."""
        ...

    async def reread_uploads(self) -> int:
        """Make uploaded documents due that were cut by older rules than today's. Returns how many."""
        ...

    async def reread_unkept(self) -> int:
        """Make documents due whose passages were not kept by an earlier version of the product. Returns how many."""
        ...

    async def serving(self) -> dict[DocumentId, ServingDocument]:
        """Every document that may be in the index."""
        ...

    async def copies(self) -> dict[DocumentId, IndexedCopy]:
        """How every document that serves should be in the index."""
        ...

    async def hold(self, holder: UUID) -> int:
        """Let nobody begin with a document that serves, for the time of a claim. Returns at how many others are.

        May be repeated by the same holder, for longer, and for what others have finished.
        """
        ...

    async def release(self, holder: UUID) -> None:
        """Let others go on with what was held."""
        ...

    async def kept(self, document: DocumentId) -> tuple[str, list[Passage]] | None:
        """The passages that serve, and how the index names their version; None where none are kept."""
        ...

    async def match(self, versions: Mapping[DocumentId, str]) -> list[DocumentId]:
        """Make due what the index does not hold as noted. Returns what it holds without anybody knowing of it."""
        ...
