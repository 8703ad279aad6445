"""The networked knowledge index: one Qdrant server for any number of processes that search and index."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, Self

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.access import Access, Audience
from supportbot.common.knowledge.passages import Candidate, Passage, SparseVector
from supportbot.common.knowledge.port import Advance, KnowledgeIndexUnavailableError, Successor
from supportbot.common.knowledge.qdrant_catalogue import Catalogue
from supportbot.common.knowledge.qdrant_changes import DocumentChanges
from supportbot.common.knowledge.qdrant_collection import Hit, QdrantCollection, UnfitCollectionError
from supportbot.common.knowledge.qdrant_connection import TIMEOUT_S, QdrantConnection
from supportbot.common.knowledge.qdrant_searched import SearchedCollection
from supportbot.common.knowledge.qdrant_senses import QdrantSenses
from supportbot.common.knowledge.senses import DENSE, Sense, SenseSpace, Vector
from supportbot.common.knowledge.stored import Manifest, manifest_id, passage_payload, read_passage, shown_version
from supportbot.common.telemetry.logging import logger

COLLECTION: Final = "supportbot"
LOOK_EVERY_S: Final = 1.0
"""How old the numbers of passages and terms may be where another process changed them; searches are never old."""
_TRIES: Final = 10
_WIDER: Final = 4
_log = logger(__name__)


class SnapshotNotSupportedError(KnowledgeIndexUnavailableError):
    """Another process opens the same server instead of a copy."""


class QdrantKnowledgeIndex:
    """KnowledgeIndex over a Qdrant server, laid out as the embedded one: passages, and a manifest for each document.

    A search reads the best passages, then the revisions of their documents' manifests. Where it knew a manifest of
    that revision before it searched, all passages named there were stored by then, so the result is whole; where it
    did not, it reads the manifest and searches again. Hits that no manifest names are left out.
    """

    def __init__(
        self,
        connection: QdrantConnection,
        look_every_s: float = LOOK_EVERY_S,
        collection: QdrantCollection | None = None,
    ) -> None:
        """Use `open`. `collection`: in place of the one that is searched."""
        self._connection = connection
        self._searched = SearchedCollection(connection)
        self._collection = collection or self._searched
        self._catalogue = Catalogue(self._collection, look_every_s)
        self._changes = DocumentChanges(self._collection)
        self._senses = QdrantSenses(connection, self._collection)
        self._writing = asyncio.Lock()
        self._closed = False
        self._building = False

    @classmethod
    async def open(
        cls,
        url: str,
        api_key: str = "",
        *,
        collection: str = COLLECTION,
        timeout_s: float = TIMEOUT_S,
        look_every_s: float = LOOK_EVERY_S,
    ) -> Self:
        """Connect; makes the collection where it is missing. A server that is away is asked again by later calls.

        Raises:
            UnfitCollectionError: the collection was made for something else.
            KnowledgeIndexUnavailableError: the address or the key cannot be one.
        """
        if not all(letter.isascii() and letter.isprintable() for letter in api_key):
            raise KnowledgeIndexUnavailableError(
                "QDRANT_API_KEY has a line break or a character outside ASCII in it; copy the key again, alone"
            )
        try:
            index = cls(QdrantConnection(url, api_key, collection, timeout_s), look_every_s)
        except Exception as error:  # of several libraries' own kinds
            raise KnowledgeIndexUnavailableError(
                f"QDRANT_URL is not an address ({type(error).__name__}): give it as http://host:6333"
            ) from error
        try:
            await index._collection.ensure()
        except UnfitCollectionError:
            await index.close()
            raise
        except KnowledgeIndexUnavailableError as error:
            _log.warning("The knowledge index is away; it is asked again when it is needed", error=str(error))
        return index

    async def search(
        self,
        vectors: Mapping[str, SparseVector],
        limit: int,
        sense: Sense | None = None,
        reader: Audience = "public",
    ) -> list[Candidate]:
        """See KnowledgeIndex."""
        asked = {space: vector for space, vector in vectors.items() if vector.indices}
        if not asked and sense is None:
            return []
        width = limit
        async with self._in_time():
            for _ in range(_TRIES):
                known_before = self._catalogue.learned
                hits = await self._nearest(asked, sense, width, self._catalogue.closed_to(reader))
                found = await self._passages(hits, known_before, reader)
                if found is None:
                    continue
                visible = {space: [hit for hit in listed if hit[0] in found] for space, listed in hits.items()}
                if any(len(listed) < limit and len(hits[space]) == width for space, listed in visible.items()):
                    width *= _WIDER
                    continue
                return _merged(found, {space: listed[:limit] for space, listed in visible.items()})
        raise KnowledgeIndexUnavailableError("documents change faster than they can be searched; try again in a moment")

    async def frequencies(self, space: str, terms: Sequence[int]) -> dict[int, int]:
        """See KnowledgeIndex."""
        async with self._in_time():
            await self._catalogue.look()
        return self._catalogue.frequencies(space, terms)

    async def size(self) -> int:
        """See KnowledgeIndex."""
        async with self._in_time():
            await self._catalogue.look()
        return self._catalogue.size

    async def has_for_operators(self) -> bool:
        """See KnowledgeIndex."""
        async with self._in_time():
            await self._catalogue.look()
        return len(self._catalogue.closed_to("public")) > len(self._catalogue.closed_to("operators"))

    async def neighbours(self, document: DocumentId, positions: Sequence[int]) -> list[Passage]:
        """See KnowledgeIndex."""
        async with self._in_time():
            for _ in range(_TRIES):
                entry = self._catalogue.entry(document)
                order = entry.order if entry else ()
                wanted = [order[position] for position in sorted(set(positions)) if 0 <= position < len(order)]
                found = await self._verified({document}, wanted)
                if found is not None:
                    return [found[chunk] for chunk in wanted]
        raise KnowledgeIndexUnavailableError(f"the document {document} changes faster than it can be read; try again")

    async def replace(
        self,
        document: DocumentId,
        version: str,
        passages: Sequence[Passage],
        advance: Advance | None = None,
        access: Access | None = None,
    ) -> None:
        """See KnowledgeIndex; calls are limited in time, not the whole."""
        async with self._writing:
            await self._prepare()
            await self._changes.replace(document, version, passages, advance, access)
            await self._catalogue.note_change()
            await self._catalogue.learn([document])

    async def restrict(self, document: DocumentId, access: Access) -> None:
        """See KnowledgeIndex; other processes know before their next search, as every search reads the revision."""
        async with self._writing:
            await self._prepare()
            if await self._changes.restrict(document, access):
                await self._catalogue.note_change()
                await self._catalogue.learn([document])

    async def remove(self, document: DocumentId) -> None:
        """See KnowledgeIndex."""
        async with self._writing:
            await self._prepare()
            if await self._changes.remove(document):
                await self._catalogue.note_change()
                await self._catalogue.learn([document])

    async def versions(self) -> dict[DocumentId, str]:
        """See KnowledgeIndex; makes the collection again where Qdrant lost it, so that it is filled again."""
        await self._prepare()
        return {
            DocumentId(payload["document"]): shown_version(payload["version"], payload.get("encoding", ""))
            async for payload in self._collection.having(("document", "version", "encoding"), kind="manifest")
            if payload.get("version") and "document" in payload
        }

    async def sense_space(self) -> SenseSpace | None:
        """See KnowledgeIndex."""
        async with self._in_time():
            await self._catalogue.look()
        return self._catalogue.sense_space

    async def without_sense(self, document: DocumentId, space: SenseSpace) -> list[Passage]:
        """See KnowledgeIndex."""
        self._refuse_when_closed()
        point = manifest_id(document)
        manifest = (await self._collection.payloads([point])).get(point)
        order = Manifest.read(manifest).order if manifest else []
        missing = await self._senses.without_vector(document, space, order)
        stored = await self._collection.payloads(missing, _PASSAGE_FIELDS) if missing else {}
        return [read_passage(chunk, stored[chunk]) for chunk in missing if chunk in stored]

    async def add_senses(self, document: DocumentId, space: SenseSpace, vectors: Mapping[ChunkId, Vector]) -> None:
        """See KnowledgeIndex."""
        self._refuse_when_closed()
        await self._senses.add(document, space, vectors)

    async def use_space(self, space: SenseSpace) -> None:
        """See KnowledgeIndex; other processes search in it within a second."""
        await self._prepare()
        await self._senses.use(space, (await self.versions()).keys())
        await self._catalogue.note_change()
        self._catalogue.sense_space = space

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[Successor]:
        """See KnowledgeIndex."""
        if self._building:
            raise KnowledgeIndexUnavailableError(
                "the knowledge index is being rebuilt already; wait until that is done"
            )
        self._building = True
        try:
            await self._prepare()
            await self._searched.clear()
            place = self._searched.new()
            built = QdrantKnowledgeIndex(place, collection=QdrantCollection(place))
            await built._prepare()
            yield Successor(built, partial(self._go_on_with, place))
        finally:
            self._building = False
            with suppress(KnowledgeIndexUnavailableError):  # the next one clears away what is left
                await self._searched.clear()

    async def _go_on_with(self, place: QdrantConnection) -> None:
        """Search what was built in another collection, in all processes."""
        async with self._writing:
            await self._searched.go_on_with(place)
            await self._catalogue.note_change()

    async def snapshot(self, folder: Path) -> None:
        """Refused: open the server from the other process, by `open_index`."""
        raise SnapshotNotSupportedError(
            f"the knowledge index is on Qdrant at {self._connection.url} and cannot be copied to {folder}: "
            "let the other process open it by QDRANT_URL"
        )

    async def close(self) -> None:
        """See KnowledgeIndex."""
        if not self._closed:
            self._closed = True
            await self._connection.close()

    async def _prepare(self) -> None:
        """Look after the collection before a change, whatever became of it since the last one."""
        self._refuse_when_closed()
        await self._collection.ensure(again=True)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """A reader's calls together take no longer than one of them may."""
        self._refuse_when_closed()
        try:
            async with asyncio.timeout(self._connection.timeout_s):
                await self._collection.ensure()
                yield
        except TimeoutError as error:
            raise KnowledgeIndexUnavailableError(
                f"Qdrant at {self._connection.url} is too slow: no answer within {self._connection.timeout_s:g} s"
            ) from error

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise KnowledgeIndexUnavailableError(
                f"the connection to Qdrant at {self._connection.url} is closed; open it again"
            )

    async def _nearest(
        self, asked: Mapping[str, SparseVector], sense: Sense | None, width: int, closed: Sequence[DocumentId]
    ) -> dict[str, list[Hit]]:
        if sense is None:
            return await self._collection.nearest(asked, width, closed)
        by_words = self._collection.nearest(asked, width, closed) if asked else _nothing()
        hits, near = await asyncio.gather(by_words, self._senses.nearest(sense, width, closed))
        return {**hits, DENSE: near}

    async def _passages(
        self, hits: Mapping[str, Sequence[Hit]], known_before: int, reader: Audience
    ) -> dict[ChunkId, Passage] | None:
        """The visible ones among what was hit; None where it has to be searched again."""
        document_of = {
            chunk: DocumentId(payload["document"]) for listed in hits.values() for chunk, _, payload in listed
        }
        entries = {document: self._catalogue.entry(document) for document in set(document_of.values())}
        if any(entry is not None and entry.number > known_before for entry in entries.values()):
            return None
        moment = time.time()
        visible = [
            chunk
            for chunk, document in document_of.items()
            if (entry := entries[document]) is not None
            and chunk in entry.visible
            and entry.access.open_to(reader, moment)
        ]
        return await self._verified(entries, visible)

    async def _verified(
        self, documents: Mapping[DocumentId, object] | set[DocumentId], chunks: Sequence[ChunkId]
    ) -> dict[ChunkId, Passage] | None:
        """These passages, if all that the catalogue says of the documents still holds; else None, and it learns."""
        known = {document: self._catalogue.entry(document) for document in documents}
        fields = [*_PASSAGE_FIELDS, "revision"]
        stored = await self._collection.payloads([*map(manifest_id, known), *chunks], fields)
        changed = [
            document
            for document, entry in known.items()
            if stored.get(manifest_id(document), {}).get("revision") != (entry.revision if entry else None)
        ]
        if changed:
            await self._catalogue.learn(changed)
            return None
        return {chunk: self._for_whom(read_passage(chunk, stored[chunk])) for chunk in chunks}

    def _for_whom(self, passage: Passage) -> Passage:
        entry = self._catalogue.entry(passage.document)
        audience = passage.audience if entry is None else entry.access.audience
        return passage if audience == passage.audience else replace(passage, audience=audience)


_PASSAGE_FIELDS: Final = tuple(
    passage_payload(
        Passage(ChunkId(manifest_id(DocumentId(""))), DocumentId(""), "", (), "", 0, "", page=1, context="any")
    )
)


async def _nothing() -> dict[str, list[Hit]]:
    return {}


def _merged(found: Mapping[ChunkId, Passage], hits: Mapping[str, Sequence[Hit]]) -> list[Candidate]:
    scores: dict[ChunkId, dict[str, float]] = {}
    for space, listed in hits.items():
        for chunk, score, _ in listed:
            scores.setdefault(chunk, {})[space] = score
    return [Candidate(found[chunk], by_space) for chunk, by_space in scores.items()]
