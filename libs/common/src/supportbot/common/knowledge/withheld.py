"""Which passages a reader may not find, of those that are visible: kept ready, as every search asks."""

import time
from collections.abc import Callable, Iterable

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.access import PUBLIC, Access, Audience


class Withheld:
    """Knows the documents that are not simply for everybody; most installations have none."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Empty; `clock` in seconds since 1970."""
        self._clock = clock
        self._of: dict[DocumentId, tuple[Access, frozenset[ChunkId]]] = {}
        self._ready: dict[Audience, tuple[float, frozenset[ChunkId]]] = {}

    def note(self, document: DocumentId, access: Access, chunks: Iterable[ChunkId]) -> None:
        """A document's visible passages and who may see them."""
        if access == PUBLIC:
            self._of.pop(document, None)
        else:
            self._of[document] = (access, frozenset(chunks))
        self._ready.clear()

    def forget(self, document: DocumentId) -> None:
        """A document is gone."""
        self.note(document, PUBLIC, ())

    def audience(self, document: DocumentId) -> str:
        """Whom a document is for."""
        return self._of[document][0].audience if document in self._of else PUBLIC.audience

    def has_for_operators(self) -> bool:
        """Whether operators may find anything now that is not for everybody."""
        return len(self.from_reader("public")) > len(self.from_reader("operators"))

    def from_reader(self, reader: Audience) -> frozenset[ChunkId]:
        """The passages that this reader may not find now."""
        if not self._of:
            return frozenset()
        moment = self._clock()
        until, chunks = self._ready.get(reader, (0.0, frozenset()))
        if moment >= until:
            of = self._of.values()
            chunks = frozenset[ChunkId]().union(*(some for access, some in of if not access.open_to(reader, moment)))
            self._ready[reader] = (min(access.holds_until(moment) for access, _ in of), chunks)
        return chunks
