"""A document as the indexer keeps track of it, and what can be wrong with one."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal
from uuid import UUID

from supportbot.common.errors import SupportbotError
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import PUBLIC, Access
from supportbot.indexer.domain.chunking import CHUNKER_VERSION

Origin = Literal["folder", "given", "sample", "upload"]
"""Found in the documents folder; copied there by the `index` command; of the sample that ships with the product; sent
to the admin API, and then in no folder at all."""
State = Literal["waiting", "ready", "failed", "removing", "retired"]
"""`removing`: it is to disappear. `retired`: of the sample, which was replaced by documents of one's own."""
SAMPLE_PREFIX = "sample/"


class UnreadableDocumentError(SupportbotError):
    """A document that nothing can be made of as it is; the text says why and what to do. Trying again is no use."""


class DocumentGoneError(SupportbotError):
    """The file of a document is not there any more."""


class PathNotFoundError(SupportbotError):
    """A file or folder that was named is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not there. Check the path")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that belongs to the knowledge base, as a look at its folder shows it."""

    document: DocumentId
    path: Path
    size: int
    fingerprint: str
    """Changes whenever the content may have changed; empty while that cannot be known."""


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """What is stored about a document between two looks at the folder."""

    document: DocumentId
    origin: Origin
    state: State
    version: str
    indexed_version: str | None
    fingerprint: str
    location: str


@dataclass(frozen=True, slots=True)
class ClaimedDocument:
    """A document that this process works on until its claim ends."""

    document: DocumentId
    token: UUID
    origin: Origin
    state: Literal["waiting", "removing", "settled"]
    """`settled`: its content is dealt with, and only who may find it has changed."""
    version: str
    location: Path
    attempts: int
    """Counted from 1; more than 1 means that an earlier attempt did not finish."""
    serves: bool = False
    """Whether answers are made from an earlier version meanwhile."""
    access: Access = PUBLIC
    language: str | None = None
    """Of its passages, where somebody said so."""
    revision: int = 1
    """Of those two."""
    restrict: bool = False
    """Whether the index has yet to hear who may find it."""


@dataclass(frozen=True, slots=True)
class StoredOutcome:
    """How far the indexing of a document is."""

    state: State
    passages: int
    error: str
    """Why it failed or has to wait; empty where all is well."""
    warning: str = ""
    """What is not quite right with what serves."""


@dataclass(frozen=True, slots=True)
class KnowledgeStatus:
    """What the knowledge base consists of now."""

    ready: int
    waiting: int
    failed: int
    passages: int
    sample: bool
    """Whether the sample help centre answers, for want of documents of one's own."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a number of documents is; told after each one that is done."""

    done: int
    total: int
    document: DocumentId
    outcome: StoredOutcome


def version_of(content: bytes) -> str:
    """The version of a document with this content, cut by today's rules."""
    return sha256(CHUNKER_VERSION.encode() + b"\0" + content).hexdigest()
