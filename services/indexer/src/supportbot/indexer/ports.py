"""What the indexer needs from the outside: files, a memory of them, and a reader."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, Self
from uuid import UUID

from supportbot.common.database.document_progress import StageReached
from supportbot.common.database.web_sources import WebSource
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import Access
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.senses import SenseSpace, Vector
from supportbot.common.models.request import ModelRequest
from supportbot.indexer.domain.documents import (
    ClaimedDocument,
    FoundFile,
    KnowledgeStatus,
    KnownDocument,
    Origin,
    StoredOutcome,
)
from supportbot.indexer.domain.web_pages import WebPage


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


class OtherLengthError(SupportbotError):
    """A model makes vectors of another length than those of the space that is being filled."""

    def __init__(self, space: SenseSpace) -> None:
        super().__init__(f"{space.model} makes vectors of {space.dimensions} dimensions now")
        self.space = space


class PassageEmbedder(Protocol):
    """Makes vectors of what passages mean, with one model; what was paid for once costs nothing again."""

    def makes(self, space: SenseSpace) -> bool:
        """Whether this is the space of its vectors, as far as that can be known without asking."""
        ...

    async def space(self) -> SenseSpace:
        """The space of its vectors, found out by asking. Raises ModelError."""
        ...

    async def embed(self, texts: Sequence[str], space: SenseSpace) -> list[Vector]:
        """A unit vector for each text, in their order.

        Raises:
            OtherLengthError: they do not belong into this space any more.
            ModelError: they cannot be had; ModelRequestError where one of the texts is to blame.
        """
        ...

    async def forget_others(self, space: SenseSpace) -> None:
        """Forget what was paid for in other spaces."""
        ...


class Contexts(Protocol):
    """Sentences, made by a model, about what passages are about; what was paid for once costs nothing again."""

    async def recall(self, model: str, keys: Sequence[str]) -> dict[str, str]:
        """Those that a model wrote before, by their keys; empty ones too."""
        ...

    async def write(self, key: str, request: ModelRequest) -> str:
        """A new one, kept by this key; empty where the model said nothing that can be used. Raises ModelError."""
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


class Web(Protocol):
    """The web, asked politely and only where that is allowed; used as a context."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *error: object) -> None: ...

    async def fetch(self, address: str, *, etag: str = "", modified: str = "") -> WebPage | None:
        """A page; None where it is as it was when it had this `etag` or was `modified` then. Raises WebPageError."""
        ...

    async def named_by(self, source: str) -> list[str]:
        """The pages of its own site that a sitemap names; none where the source is no sitemap. Raises WebPageError."""
        ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a source found: pages that are documents, pages that failed, and why the first of those did."""

    pages: int
    failed: int
    error: str


class WebSources(Protocol):
    """Pages and sitemaps that somebody wants fetched."""

    async def all(self) -> Sequence[WebSource]:
        """Every one, also those that are to go."""
        ...

    async def due(self) -> Sequence[str]:
        """Those that are to be looked at now."""
        ...

    async def adopt(self, origin: str, looked_at: Mapping[str, float], again_s: float) -> None:
        """Take sources in that were named elsewhere, with when they were looked at last, and when again after that."""
        ...

    async def begin(self, address: str) -> bool:
        """Begin to look at one; False where nobody wants it any more."""
        ...

    async def end(self, address: str, looked: Looked | None, again_s: float) -> None:
        """Store what was found; None where somebody else was at it."""
        ...

    async def forget(self, address: str) -> None:
        """One is gone with its pages."""
        ...


class WebPages(Protocol):
    """Pages that were fetched, as documents."""

    def held(self) -> AbstractContextManager[bool]:
        """Hold the pages, so that nobody else changes them; False where somebody else does."""
        ...

    def looked_at(self) -> Mapping[str, float]:
        """When each source was looked at last, in seconds since 1970."""
        ...

    def forget(self, source: str) -> bool:
        """Let a source go with its pages; False where somebody else holds them."""
        ...

    def known(self, address: str) -> tuple[str, str]:
        """By what the server knows the content that is kept of a page: `etag` and `modified`, empty where it is not."""
        ...

    def keep(self, address: str, page: WebPage | None, source: str) -> str:
        """Store a page, or None for one that is unchanged; returns its file below the documents folder.

        Raises:
            WebPageError: it is of no kind that is read.
        """
        ...

    def drop(self, address: str) -> None:
        """A page is gone."""
        ...

    def finish(self, source: str, addresses: Sequence[str]) -> None:
        """A source was looked at, and has these pages; others that it had are gone."""
        ...
