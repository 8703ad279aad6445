"""What a process knows of the documents in Qdrant: which passages are visible, and how often terms occur in them."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID, uuid4, uuid5

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.access import PUBLIC, Access, Audience
from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError
from supportbot.common.knowledge.qdrant_collection import Payload, QdrantCollection
from supportbot.common.knowledge.qdrant_connection import CollectionMissingError
from supportbot.common.knowledge.qdrant_senses import ACTIVE, read_space
from supportbot.common.knowledge.senses import SenseSpace
from supportbot.common.knowledge.stored import Manifest, manifest_id
from supportbot.common.knowledge.term_tables import TermTotals

_STATE: Final = uuid5(UUID("6f1d2a57-3c0e-5b1b-9d5e-0c6f3a1e7b42"), "state of all documents")
_SLICE: Final = 50
_SCAN_EVERY_S: Final = 60.0
"""Should a writer die between its change and the note of it, readers find out by themselves."""
_USUAL_LOOK_S: Final = 0.1
"""A look that takes longer, over very many documents, makes for a longer pause until the next."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document's manifest, as far as readers need it."""

    number: int
    """How many manifests had been read when this one was."""
    revision: str
    """Another one whenever other passages become visible."""
    order: tuple[ChunkId, ...]
    visible: frozenset[ChunkId]
    terms: str
    access: Access = PUBLIC

    @classmethod
    def read(cls, number: int, payload: Payload) -> Self:
        """The entry of a stored manifest."""
        manifest = Manifest.read(payload)
        order = tuple(manifest.order)
        return cls(number, payload["revision"], order, frozenset(order), payload["terms"], manifest.access)


class Catalogue:
    """Kept in step by a note that every change leaves in the collection; looked at when asked, not too often."""

    def __init__(
        self, collection: QdrantCollection, look_every_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Empty; `look` fills it."""
        self._collection = collection
        self._look_every_s = look_every_s
        self._clock = clock
        self._entries: dict[DocumentId, Entry] = {}
        self._restricted: set[DocumentId] = set()
        self._totals = TermTotals()
        self._changing = asyncio.Lock()
        self._note: str | None = None
        self._look_at_s = self._scan_at_s = float("-inf")
        self.size = 0
        self.learned = 0
        self.sense_space: SenseSpace | None = None
        """The space that is searched by sense."""

    def entry(self, document: DocumentId) -> Entry | None:
        """What was last heard of a document."""
        return self._entries.get(document)

    def closed_to(self, reader: Audience) -> list[DocumentId]:
        """Documents that this reader may not find now, as far as was heard; whoever finds something looks again."""
        moment = time.time()
        return [name for name in self._restricted if not self._entries[name].access.open_to(reader, moment)]

    def frequencies(self, space: str, terms: Sequence[int]) -> dict[int, int]:
        """In how many visible passages each term occurs."""
        return self._totals.read(space, terms)

    async def look(self) -> None:
        """Take over what other processes changed since the last look."""
        if self._clock() < self._look_at_s:
            return
        async with self._changing:
            began = self._clock()
            if began < self._look_at_s:
                return
            stored = await self._noted()
            note = stored.get(_STATE, {}).get("value")
            self.sense_space = read_space(stored.get(ACTIVE))
            if note is None:  # nothing was ever written: it may be another one of the same name
                await self._collection.check()
            if note != self._note or began >= self._scan_at_s:
                await self._scan()
                self._note, self._scan_at_s = note, began + _SCAN_EVERY_S
            ended = self._clock()
            self._look_at_s = ended + self._look_every_s * max(1.0, (ended - began) / _USUAL_LOOK_S)

    async def learn(self, documents: Iterable[DocumentId]) -> None:
        """Read these documents' manifests."""
        async with self._changing:
            await self._learn(list(documents))

    async def note_change(self) -> None:
        """Tell every process's catalogue that something changed."""
        await self._collection.put([(_STATE, {}, {"kind": "state", "value": uuid4().hex})])

    async def _noted(self) -> dict[UUID, Payload]:
        try:
            return await self._collection.payloads([_STATE, ACTIVE])
        except CollectionMissingError:
            await self._collection.check()  # something else may stand in its place
            raise

    async def _scan(self) -> None:
        revisions = {
            DocumentId(payload.get("document", "")): payload.get("revision")
            async for payload in self._collection.having(("document", "revision"), kind="manifest")
        }
        for document in [document for document in self._entries if document not in revisions]:
            self._set(document, None)
        known = {document: entry.revision for document, entry in self._entries.items()}
        await self._learn([document for document, revision in revisions.items() if known.get(document) != revision])

    async def _learn(self, documents: Sequence[DocumentId]) -> None:
        for start in range(0, len(documents), _SLICE):
            part = {manifest_id(document): document for document in documents[start : start + _SLICE]}
            stored = await self._collection.payloads(part)
            for point, document in part.items():
                self._set(document, stored.get(point))

    def _set(self, document: DocumentId, payload: Payload | None) -> None:
        self.learned += 1
        try:
            entry = None if payload is None else Entry.read(self.learned, payload)
            if entry is not None:
                self._totals.add(entry.terms, 1)
        except (KeyError, TypeError, ValueError) as error:
            raise KnowledgeIndexUnavailableError(
                f"what Qdrant holds of the document {document} cannot be read ({type(error).__name__}): delete the "
                "collection, and all documents are indexed again when an indexer starts"
            ) from error
        former = self._entries.pop(document, None)
        if former is not None:
            self._totals.add(former.terms, -1)
            self.size -= len(former.order)
        self._restricted.discard(document)
        if entry is not None:
            self._entries[document] = entry
            if entry.access != PUBLIC:
                self._restricted.add(document)
            self.size += len(entry.order)
