"""How a document in Qdrant goes from one version to the next, so that readers see the one or the other."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple
from typing import Any, Final, TypeVar
from uuid import uuid4

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.access import PUBLIC, Access
from supportbot.common.knowledge.passages import Passage, SparseVector
from supportbot.common.knowledge.port import Advance, KnowledgeIndexUnavailableError
from supportbot.common.knowledge.qdrant_collection import Payload, QdrantCollection, equal
from supportbot.common.knowledge.qdrant_rest import models
from supportbot.common.knowledge.stored import Manifest, manifest_id, passage_payload
from supportbot.common.knowledge.term_tables import TermTable, UnreadableTableError
from supportbot.common.knowledge.vectors import ENCODING, encode_passage
from supportbot.common.telemetry.metrics import PASSAGES_WRITTEN

_SLICE: Final = 64
T = TypeVar("T")


class DocumentOvertakenError(KnowledgeIndexUnavailableError):
    """Another indexer has begun with the same document; its work counts, ours does not."""

    def __init__(self, document: DocumentId) -> None:
        super().__init__(f"the document {document} is being changed by another indexer; it is tried again later")


class DocumentChanges:
    """Passages are written first, then the manifest, which alone says what is visible: one point, one operation.

    Whoever begins leaves a token in the manifest, and only under that token the new manifest is written. What a crash
    leaves behind is out of sight until the document is next changed: what belongs to the new version then is not
    written again, the rest is deleted.
    """

    def __init__(self, collection: QdrantCollection) -> None:
        """On this collection."""
        self._collection = collection

    async def replace(
        self,
        document: DocumentId,
        version: str,
        passages: Sequence[Passage],
        advance: Advance | None = None,
        access: Access | None = None,
    ) -> None:
        """See KnowledgeIndex; returns when the new version is visible and the old one is gone."""
        writer = uuid4().hex
        unique = {passage.chunk_id: passage for passage in sorted(passages, key=lambda passage: passage.position)}
        former, staged = await self._begin(document, writer, list(unique))
        before = set(Manifest.read(former).order)
        added = [passage for chunk, passage in unique.items() if chunk not in before | staged]
        kept = [passage for chunk, passage in unique.items() if chunk in before]
        resumed = [passage for chunk, passage in unique.items() if chunk in staged]
        dropped = list(before.difference(unique))
        table = await self._table_of_kept(former, kept, dropped) if kept else TermTable()
        await self._count_stored(table, [passage.chunk_id for passage in resumed], 1)
        told = _counting(len(unique), advance)
        for part in _slices(added):
            await self._stage(part, table)
            told(len(part))
        for part in _slices([*kept, *resumed]):
            await self._place(part)
            told(len(part))
        await self._require_whole(document, list(unique))
        seen_by = access or Manifest.read(former).access
        manifest = Manifest(document, version, tuple(map(str, unique)), settled=not dropped, access=seen_by)
        await self._commit(_described(manifest, writer, table), writer)
        for gone in _slices(dropped):
            await self._collection.delete(gone)
        if dropped:
            await self._collection.amend([(manifest_id(document), {"settled": True})])

    async def restrict(self, document: DocumentId, access: Access) -> bool:
        """Change who may see a document; false where there is none, or it is so already."""
        point = manifest_id(document)
        stored = (await self._collection.payloads([point], ["audience", "expires", "kind"])).get(point)
        if stored is None or (stored.get("audience", PUBLIC.audience), stored.get("expires")) == astuple(access):
            return False
        await self._collection.amend([(point, {**asdict(access), "revision": uuid4().hex})])
        return True

    async def remove(self, document: DocumentId) -> bool:
        """Drop a document with all its passages; false where there is none."""
        point = manifest_id(document)
        if not await self._collection.payloads([point], ["kind"]):
            return False
        await self._put_empty(document, uuid4().hex)
        await self._collection.delete(equal(document=document, kind="passage"))
        await self._collection.delete([point])
        return True

    async def _begin(
        self, document: DocumentId, writer: str, wanted: Sequence[ChunkId]
    ) -> tuple[Payload, set[ChunkId]]:
        """Leave our token in the manifest.

        Returns it as it was, and which wanted passages an attempt that did not end has stored; nothing else is left.
        """
        point = manifest_id(document)
        former = (await self._collection.payloads([point])).get(point)
        if former is None:
            return await self._put_empty(document, writer), set()
        try:
            manifest = Manifest.read(former)
            _ = manifest.order
        except (KeyError, TypeError, ValueError):  # not written by us: nothing that it says can be kept
            await self._collection.delete(equal(document=document, kind="passage"))
            return await self._put_empty(document, writer), set()
        staged: set[ChunkId] = set()
        if not manifest.settled:
            # Passages of the same ids may be encoded otherwise, by another version of the product.
            may_stay = wanted if manifest.staging == _staging(former.get("writer")) else ()
            staged = await self._settle(manifest, may_stay)
        await self._collection.amend([(point, {"settled": False, "writer": writer, "staging": _staging(writer)})])
        return former, staged

    async def _put_empty(self, document: DocumentId, writer: str) -> Payload:
        empty = Manifest(document, "", (), settled=False, staging=_staging(writer))
        payload = _described(empty, writer, TermTable())
        await self._collection.put([(manifest_id(document), {}, payload)])
        return payload

    async def _settle(self, manifest: Manifest, wanted: Sequence[ChunkId]) -> set[ChunkId]:
        """Delete what a crash left, but for what is wanted; bring back the places of what is visible.

        Returns the wanted passages that are stored and not visible.
        """
        unseen = [chunk for chunk in wanted if chunk not in set(manifest.order)]
        stray = equal(document=manifest.document, kind="passage")
        stray.must_not = [models.HasIdCondition(has_id=[*manifest.chunks, *map(str, unseen)])]
        await self._collection.delete(stray)
        for part in _slices(list(enumerate(manifest.order))):
            await self._collection.amend([(chunk, {"position": position}) for position, chunk in part])
        stored = [await self._collection.payloads(part, ["kind"]) for part in _slices(unseen)]
        return {ChunkId(chunk) for found in stored for chunk in found}

    async def _table_of_kept(self, former: Payload, kept: Sequence[Passage], dropped: Sequence[ChunkId]) -> TermTable:
        """The former table without what goes: passages that stay are not encoded again."""
        try:
            table, counted, sign = TermTable.unpack(former.get("terms", "")), dropped, -1
        except UnreadableTableError:
            table, counted, sign = TermTable(), [passage.chunk_id for passage in kept], 1
        await self._count_stored(table, counted, sign)
        return table

    async def _count_stored(self, table: TermTable, chunks: Sequence[ChunkId], sign: int) -> None:
        for part in _slices(chunks):
            for terms in await self._collection.terms(part):
                table.add(terms, sign)

    async def _stage(self, passages: Sequence[Passage], table: TermTable) -> None:
        """Write passages that nobody sees yet."""
        encoded = await asyncio.to_thread(_encoded, passages)
        await self._collection.put(
            [(passage.chunk_id, vectors, passage_payload(passage)) for passage, vectors in encoded]
        )
        PASSAGES_WRITTEN.inc(len(encoded))
        for _, vectors in encoded:
            table.add({space: vector.indices for space, vector in vectors.items()}, 1)

    async def _place(self, passages: Sequence[Passage]) -> None:
        """Bring up to date what may differ in a stored passage of the same content, such as its position."""
        stored = await self._collection.payloads([passage.chunk_id for passage in passages])
        wanted = [(passage.chunk_id, passage_payload(passage)) for passage in passages]
        await self._collection.amend(
            [(chunk, new) for chunk, new in wanted if chunk in stored and stored[chunk] != new]
        )

    async def _require_whole(self, document: DocumentId, chunks: Sequence[ChunkId]) -> None:
        for part in _slices(chunks):
            if await self._collection.count(part) != len(part):
                raise DocumentOvertakenError(document)

    async def _commit(self, payload: Payload, writer: str) -> None:
        document = payload["document"]
        point = manifest_id(document)
        await self._collection.put([(point, {}, payload)], only_where=equal(writer=writer))
        stored = await self._collection.payloads([point], ["revision"])
        if stored.get(point, {}).get("revision") != payload["revision"]:
            raise DocumentOvertakenError(document)


def _counting(total: int, advance: Advance | None) -> Callable[[int], None]:
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        if advance is not None:
            advance(done, total)

    return count


def _described(manifest: Manifest, writer: str, table: TermTable) -> dict[str, Any]:
    """A manifest's payload with what readers in other processes need; each is a revision of its own."""
    return {**manifest.payload(), "revision": uuid4().hex, "writer": writer, "terms": table.pack()}


def _staging(writer: object) -> str:
    """What a manifest says while its writer stores passages: who writes them, and how they are encoded."""
    return f"{ENCODING}:{writer}"


def _encoded(passages: Sequence[Passage]) -> list[tuple[Passage, Mapping[Any, SparseVector]]]:
    return [(passage, encode_passage(passage)) for passage in passages]


def _slices(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _SLICE] for start in range(0, len(items), _SLICE))
