"""The port behind which a knowledge index stands: embedded (Qdrant Edge) or networked (Qdrant)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from supportbot.common.errors import SupportbotError
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.passages import Candidate, Passage, SparseVector


class KnowledgeIndexUnavailableError(SupportbotError):
    """The index cannot be opened or asked now; the text says why and what to do."""


class UnfitIndexError(KnowledgeIndexUnavailableError):
    """The index was made for something else. Waiting does not mend that, so nothing starts with it."""


class KnowledgeIndex(Protocol):
    """Passages by what they say. A document's new version is seen only when whole; until then the old one serves.

    What was acknowledged outlives a process that is killed. After a power cut an embedded index may come back empty,
    never torn: so whoever fills it compares `versions` with what should be there at every start.
    """

    async def search(self, vectors: Mapping[str, SparseVector], limit: int) -> list[Candidate]:
        """The best `limit` active passages of each space in `vectors`, merged by chunk, with all their scores."""
        ...

    async def frequencies(self, space: str, terms: Sequence[int]) -> dict[int, int]:
        """In how many active passages each term of a sparse space occurs; terms that occur nowhere may be absent."""
        ...

    async def size(self) -> int:
        """Number of active passages."""
        ...

    async def neighbours(self, document: DocumentId, positions: Sequence[int]) -> list[Passage]:
        """Active passages of a document at these positions, in their order; what does not exist is left out."""
        ...

    async def replace(self, document: DocumentId, version: str, passages: Sequence[Passage]) -> None:
        """Make these passages the document's visible version, at once and as a whole. May be repeated after a crash.

        A passage whose chunk id the document already has is not encoded or written again.
        """
        ...

    async def remove(self, document: DocumentId) -> None:
        """Make a document disappear. Removing one that is not there is no error."""
        ...

    async def versions(self) -> dict[DocumentId, str]:
        """The visible version of every document that the index holds."""
        ...

    async def snapshot(self, folder: Path) -> None:
        """Write a copy that another process can open on its own into an empty folder (embedded index only)."""
        ...

    async def close(self) -> None:
        """Let go of the store; whatever was acknowledged stays, now through a power cut as well."""
        ...
