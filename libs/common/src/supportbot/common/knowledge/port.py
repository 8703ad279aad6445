"""The port behind which a knowledge index stands: embedded (Qdrant Edge) or networked (Qdrant)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from supportbot.common.errors import SupportbotError
from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.access import Access, Audience
from supportbot.common.knowledge.passages import Candidate, Passage, SparseVector
from supportbot.common.knowledge.senses import Sense, SenseSpace, Vector

Advance = Callable[[int, int], None]
"""Hears how much is done, and of how much."""


class KnowledgeIndexUnavailableError(SupportbotError):
    """The index cannot be opened or asked now; the text says why and what to do."""


class UnfitIndexError(KnowledgeIndexUnavailableError):
    """The index was made for something else. Waiting does not mend that, so nothing starts with it."""


class KnowledgeIndex(Protocol):
    """Passages by what they say. A document's new version is seen only when whole; until then the old one serves.

    What was acknowledged outlives a process that is killed. After a power cut an embedded index may come back empty,
    never torn: so whoever fills it compares `versions` with what should be there at every start.
    """

    async def search(
        self,
        vectors: Mapping[str, SparseVector],
        limit: int,
        sense: Sense | None = None,
        reader: Audience = "public",
    ) -> list[Candidate]:
        """The best `limit` active passages of each space in `vectors`, merged by chunk, with all their scores.

        With a `sense` the nearest of its space too, by their cosine; none of them where that space is not there. What
        the reader may not see, or has expired, is not among them.
        """
        ...

    async def frequencies(self, space: str, terms: Sequence[int]) -> dict[int, int]:
        """In how many active passages each term of a sparse space occurs; terms that occur nowhere may be absent."""
        ...

    async def size(self) -> int:
        """Number of active passages."""
        ...

    async def has_for_operators(self) -> bool:
        """Whether operators may find anything now that is not for everybody."""
        ...

    async def neighbours(self, document: DocumentId, positions: Sequence[int]) -> list[Passage]:
        """Active passages of a document at these positions, in their order; what does not exist is left out.

        Whoever may see them: it is for those who look after documents.
        """
        ...

    async def replace(
        self,
        document: DocumentId,
        version: str,
        passages: Sequence[Passage],
        advance: Advance | None = None,
        access: Access | None = None,
    ) -> None:
        """Make these passages the document's visible version, at once and as a whole. May be repeated after a crash.

        A passage whose chunk id the document already has is not encoded or written again. `advance` hears how many of
        the passages are in place. `access` holds from the moment at which they are seen; without it stays what was.
        """
        ...

    async def restrict(self, document: DocumentId, access: Access) -> None:
        """Change who may see a document, at once. One that is not there has nothing to be seen."""
        ...

    async def remove(self, document: DocumentId) -> None:
        """Make a document disappear. Removing one that is not there is no error."""
        ...

    async def versions(self) -> dict[DocumentId, str]:
        """The visible version of every document that the index holds."""
        ...

    async def sense_space(self) -> SenseSpace | None:
        """The space in which passages are searched by sense; None where there is none that was ever whole."""
        ...

    async def without_sense(self, document: DocumentId, space: SenseSpace) -> list[Passage]:
        """The active passages of a document that have no vector in a space. What it no longer has is dropped there."""
        ...

    async def add_senses(self, document: DocumentId, space: SenseSpace, vectors: Mapping[ChunkId, Vector]) -> None:
        """Keep unit vectors of a document's passages in a space, which is made where it is missing."""
        ...

    async def use_space(self, space: SenseSpace) -> None:
        """Let this space be the one that is searched, and drop all others. May be repeated."""
        ...

    def beside(self) -> "AbstractAsyncContextManager[Successor]":
        """An empty index that nobody searches yet; what does not take over by the end of the block is thrown away.

        One at a time: another one of this process is refused, by KnowledgeIndexUnavailableError; whoever begins one in
        another process ends it.
        """
        ...

    async def snapshot(self, folder: Path) -> None:
        """Write a copy that another process can open on its own into an empty folder (embedded index only).

        It lacks the vectors of what passages mean.
        """
        ...

    async def close(self) -> None:
        """Let go of the store; whatever was acknowledged stays, now through a power cut as well."""
        ...


@dataclass(frozen=True, slots=True)
class Successor:
    """An index that is built beside the one that is searched."""

    index: KnowledgeIndex
    """It knows nothing of senses: the vectors of passages with the same ids go over."""
    take_over: Callable[[], Awaitable[None]]
    """Lets it be searched from now on, at once and as a whole, in all processes; the former is deleted. Killed at any
    moment, either of them serves as a whole."""


async def index_problem(index: KnowledgeIndex) -> str | None:
    """Why an index cannot be asked now, for the health of whoever asks it; None where it can."""
    try:
        await index.size()
    except KnowledgeIndexUnavailableError as error:
        return str(error)
    return None
