"""Passages in a Qdrant Edge shard, by blocking calls of one thread: what is stored where, and how a change commits."""

import shutil
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import qdrant_edge as qdrant

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.access import Access, Audience
from supportbot.common.knowledge.edge_points import having, manifest_point, passage_point, scroll
from supportbot.common.knowledge.edge_senses import EdgeSenses
from supportbot.common.knowledge.flush_marker import FlushMarker, current_boot
from supportbot.common.knowledge.frequencies import TermCounts
from supportbot.common.knowledge.passages import Candidate, Passage, SparseVector
from supportbot.common.knowledge.recent_passages import RecentPassages
from supportbot.common.knowledge.senses import DENSE, FOLDER, Sense, SenseSpace, Vector
from supportbot.common.knowledge.stored import (
    Change,
    Manifest,
    manifest_id,
    passage_payload,
    read_passage,
    shown_version,
)
from supportbot.common.knowledge.vectors import ENCODING, SPACES, encode_passage
from supportbot.common.knowledge.withheld import Withheld
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import PASSAGES_WRITTEN

_PAGE: Final = 500
_SLICE: Final = 8
"""Passages encoded and written in one step."""
T = TypeVar("T")
_FIELDS: Final = frozenset({"kind", "document"})
_Update: Final = qdrant.UpdateOperation
_log = logger(__name__)


class EdgeShard:
    """Two kinds of points: passages with vectors, and per document a manifest, which alone says what is visible.

    A change writes its passages, then the manifest (the commit: one point, one operation), then drops the old ones.
    What a crash leaves is found at the next opening, by the manifests that are not settled. Passages that were written
    for a new version stay hidden until the document is changed again: what belongs to it then is not written again.
    Only `flush` waits for the disk: what a power cut finds unflushed is thrown away as a whole at the next opening.
    Stored passages that no manifest names are in `_hidden`: filtering inside a sparse search would make it a full scan.
    """

    def __init__(self, folder: Path, senses: Path | None = None) -> None:
        """Open or make the shard and finish what a crash has left. `senses`: where vectors are, if not in `folder`."""
        senses = senses or folder / FOLDER
        self._marker = FlushMarker(folder / "unflushed", current_boot())
        if self._marker.of_another_boot:
            _throw_away(folder, senses)
            self._marker.set()
        self._shard = self._load(folder / "shard")
        self._senses = EdgeSenses(senses)
        self._hidden: set[ChunkId] = set()
        self._uncounted: set[ChunkId] = set()
        """Those among them that an earlier process wrote and did not bring to an end."""
        self._withheld = Withheld()
        self._recent = RecentPassages()
        self._counts = TermCounts(folder / "frequencies.bin", SPACES)
        self._visible = 0
        self._versions: dict[DocumentId, str] = {}
        for manifest in self._manifests():
            self._visible += len(manifest.chunks)
            self._withheld.note(manifest.document, manifest.access, manifest.order)
            if manifest.version:
                self._versions[manifest.document] = shown_version(manifest.version, manifest.encoding)
            if manifest.staging == ENCODING:
                self._uncounted.update(self._stray(manifest))
                self._put_in_order(manifest)
            elif not manifest.settled:
                self._settle(manifest)
        self._hidden.update(self._uncounted)
        if self._counts.dirty or self._uncounted:
            self._count_again()

    def search(
        self, vectors: Mapping[str, SparseVector], limit: int, sense: Sense | None, reader: Audience
    ) -> list[Candidate]:
        """The best visible passages of each space that the reader may find, merged."""
        withheld = self._withheld.from_reader(reader)
        unseen = self._hidden | withheld if withheld else self._hidden
        wide = limit + len(unseen)
        lists = {space: self._nearest(space, vector, wide) for space, vector in vectors.items() if vector.indices}
        if sense is not None:
            lists[DENSE] = self._senses.nearest(sense, wide)
        scores: dict[ChunkId, dict[str, float]] = {}
        for space, listed in lists.items():
            seen = [one for one in listed if one[0] not in unseen][:limit] if unseen else listed
            for chunk, score in seen:
                scores.setdefault(chunk, {})[space] = score
        found = self._retrieve(list(scores))  # a vector of what is gone may be left after a crash
        return [Candidate(self._for_whom(found[chunk]), hits) for chunk, hits in scores.items() if chunk in found]

    def frequencies(self, space: str, terms: Sequence[int]) -> dict[int, int]:
        """In how many passages each term occurs; while a document changes, its old and new ones both count."""
        return self._counts.read(space, terms)

    def size(self) -> int:
        """Number of visible passages."""
        return self._visible

    def has_for_operators(self) -> bool:
        """Whether operators may find anything now that is not for everybody."""
        return self._withheld.has_for_operators()

    def neighbours(self, document: DocumentId, positions: Sequence[int]) -> list[Passage]:
        """The visible passages at these positions."""
        manifest = self._manifest(document)
        order = manifest.order if manifest else []
        wanted = [order[position] for position in sorted(set(positions)) if 0 <= position < len(order)]
        found = self._retrieve(wanted)
        return [found[chunk] for chunk in wanted if chunk in found]

    def versions(self) -> dict[DocumentId, str]:
        """Visible versions."""
        return dict(self._versions)

    def replacing(
        self, document: DocumentId, version: str, passages: Sequence[Passage], access: Access | None
    ) -> Iterator[int]:
        """Make these passages the document's visible version, step by step: between two of them others may search.

        Each step says how many passages are in place.
        """
        change = self._begin_change(document, version, passages, access)
        done = 0
        yield done
        for added in _slices(change.added):
            self._stage(added)
            done += len(added)
            yield done
        for kept in _slices(change.kept):
            self._place(kept)
            done += len(kept)
            yield done
        self._commit(change)
        for dropped in _slices(change.dropped):
            yield done
            self._drop(dropped)
        self._write(change.manifest)  # should this be lost, the next opening only looks again
        self._counts.commit()

    def restrict(self, document: DocumentId, access: Access) -> None:
        """Change who may see a document: its manifest says so, in one operation."""
        manifest = self._manifest(document)
        if manifest is not None and manifest.access != access:
            self._begin()
            self._write(replace(manifest, access=access))
            self._withheld.note(document, access, manifest.order)
            self._counts.commit()

    def remove(self, document: DocumentId) -> None:
        """Drop a document with all its passages."""
        manifest = self._manifest(document)
        if manifest is None:
            return
        self._begin()
        empty = Manifest(document, "", (), settled=False)
        self._write(empty)
        self._visible -= len(manifest.chunks)
        self._versions.pop(document, None)
        self._withheld.forget(document)
        self._settle(empty)
        self._counts.commit()

    @property
    def sense_space(self) -> SenseSpace | None:
        """The space that is searched by sense."""
        return self._senses.active

    def without_sense(self, document: DocumentId, space: SenseSpace) -> list[Passage]:
        """See KnowledgeIndex; what passages no longer there meant was dropped with them."""
        manifest = self._manifest(document)
        order = manifest.order if manifest else []
        held = self._senses.held(space, order)
        missing = [chunk for chunk in order if chunk not in held]
        found = self._retrieve(missing)
        return [found[chunk] for chunk in missing if chunk in found]

    def add_senses(self, space: SenseSpace, vectors: Mapping[ChunkId, Vector]) -> None:
        """See KnowledgeIndex."""
        self._marker.set()
        there = self._stored(list(vectors))  # a document may have changed while its passages were understood
        self._senses.add(space, {chunk: vector for chunk, vector in vectors.items() if chunk in there})

    def use_space(self, space: SenseSpace) -> None:
        """See KnowledgeIndex."""
        self._marker.set()
        self._senses.use(space, self._stored)

    @property
    def flushed(self) -> bool:
        """Whether everything is on the disk."""
        return not self._marker.is_set

    def flush(self) -> None:
        """Bring everything to the disk. The engine holds the interpreter's lock while it waits for that.

        It waits for each of its indexes of fields as well, so these are made here: first the sample must be there.
        """
        if self._marker.is_set:
            for key in _FIELDS.difference(self._shard.info().payload_schema):
                self._shard.update(_Update.create_field_index(key, qdrant.PayloadSchemaType.Keyword))
            self._shard.flush()
            self._counts.flush()
            self._senses.flush()
            self._marker.clear()

    def close(self) -> None:
        """Bring everything to the disk and let go."""
        self.flush()
        self._senses.close()
        self.let_go()

    def let_go(self) -> None:
        """Close what is kept of words alone."""
        self._shard.close()
        self._counts.close()

    @property
    def senses(self) -> EdgeSenses:
        """What its passages mean."""
        return self._senses

    def take_senses_from(self, former: "EdgeShard") -> None:
        """Go on with the vectors of a shard that knows the same passages; it must be let go of then, not closed."""
        self._marker.set()
        self._senses = former.senses

    def _begin_change(
        self, document: DocumentId, version: str, passages: Sequence[Passage], access: Access | None
    ) -> Change:
        """Note in the manifest that the document is about to change; what is visible stays."""
        former = self._manifest(document) or Manifest(document, "", (), settled=True)
        before = set(former.order)
        unique = {passage.chunk_id: passage for passage in sorted(passages, key=lambda passage: passage.position)}
        self._begin()
        staged = set() if former.settled else self._settle(former, unique if former.staging == ENCODING else ())
        self._write(replace(former, settled=False, staging=ENCODING))
        stored = before | staged
        return Change(
            former,
            Manifest(document, version, tuple(map(str, unique)), settled=True, access=access or former.access),
            tuple(passage for chunk, passage in unique.items() if chunk not in stored),
            tuple(passage for chunk, passage in unique.items() if chunk in stored),
            tuple(before.difference(unique)),
        )

    def _stage(self, passages: Sequence[Passage]) -> None:
        """Write passages that nobody sees yet."""
        self._hidden.update(passage.chunk_id for passage in passages)
        encoded = [(passage, encode_passage(passage)) for passage in passages]
        self._shard.update(_Update.upsert_points([passage_point(passage, vectors) for passage, vectors in encoded]))
        PASSAGES_WRITTEN.inc(len(encoded))
        for _, vectors in encoded:
            self._count({space: vector.indices for space, vector in vectors.items()}, 1)

    def _place(self, passages: Sequence[Passage]) -> None:
        """Bring up to date what may differ in a stored passage of the same content, such as its position."""
        stored = self._retrieve([passage.chunk_id for passage in passages])
        for passage in passages:
            if stored.get(passage.chunk_id) != passage:
                self._shard.update(_Update.set_payload([passage.chunk_id], passage_payload(passage)))
        self._recent.forget(stored)

    def _commit(self, change: Change) -> None:
        """Make the staged passages the visible version; the former ones are out of sight from here on."""
        self._write(replace(change.manifest, settled=False))
        self._hidden.difference_update(change.manifest.order)
        self._hidden.update(change.dropped)
        self._visible += len(change.manifest.chunks) - len(change.former.chunks)
        self._versions[change.manifest.document] = change.manifest.version
        self._withheld.note(change.manifest.document, change.manifest.access, change.manifest.order)

    def _drop(self, chunks: Sequence[ChunkId]) -> None:
        """Delete passages that are out of sight."""
        self._senses.forget(chunks)
        records: list[Any] = self._shard.retrieve(list(chunks), with_payload=False, with_vector=True)
        self._count_records((record for record in records if record.id not in self._uncounted), -1)
        self._shard.update(_Update.delete_points(list(chunks)))
        self._recent.forget(chunks)
        self._hidden.difference_update(chunks)
        self._uncounted.difference_update(chunks)

    def _load(self, folder: Path) -> qdrant.EdgeShard:
        folder.mkdir(exist_ok=True)
        if (folder / "edge_config.json").exists():
            return qdrant.EdgeShard.load(str(folder))
        self._marker.set()
        spaces: dict[str, Any] = {space: qdrant.EdgeSparseVectorParams() for space in SPACES}
        return qdrant.EdgeShard.create(str(folder), qdrant.EdgeConfig(sparse_vectors=spaces, max_search_threads=1))

    def _begin(self) -> None:
        self._marker.set()
        self._counts.begin()

    def _nearest(self, space: str, vector: SparseVector, limit: int) -> list[tuple[ChunkId, float]]:
        query = qdrant.Query.Nearest(qdrant.SparseVector(list(vector.indices), list(vector.values)), using=space)
        points: list[Any] = self._shard.search(qdrant.SearchRequest(query, limit=limit))
        return [(ChunkId(point.id), point.score) for point in points]  # each look at an id makes a new one

    def _for_whom(self, passage: Passage) -> Passage:
        audience = self._withheld.audience(passage.document)
        return passage if audience == passage.audience else replace(passage, audience=audience)

    def _retrieve(self, chunks: Sequence[ChunkId]) -> dict[ChunkId, Passage]:
        found = {chunk: passage for chunk in chunks if (passage := self._recent.get(chunk))}
        missing: list[Any] = [chunk for chunk in chunks if chunk not in found]
        records: list[Any] = self._shard.retrieve(missing, with_payload=True, with_vector=False) if missing else []
        for record in records:
            passage = found[ChunkId(record.id)] = read_passage(ChunkId(record.id), record.payload)
            self._recent.keep(passage)
        return found

    def _stored(self, chunks: Sequence[ChunkId]) -> set[ChunkId]:
        """Which of these passages are stored."""
        records: list[Any] = self._shard.retrieve(list(chunks), with_payload=False, with_vector=False)
        return {ChunkId(record.id) for record in records}

    def _manifest(self, document: DocumentId) -> Manifest | None:
        records: list[Any] = self._shard.retrieve([manifest_id(document)], with_payload=True, with_vector=False)
        return Manifest.read(records[0].payload) if records else None

    def _manifests(self) -> list[Manifest]:
        return [Manifest.read(record.payload) for record in scroll(self._shard, having(kind="manifest"))]

    def _write(self, manifest: Manifest) -> None:
        self._shard.update(_Update.upsert_points([manifest_point(manifest)]))

    def _settle(self, manifest: Manifest, wanted: Container[ChunkId] = ()) -> set[ChunkId]:
        """Delete the document's passages that its manifest does not name, but for what is wanted; returns that.

        The places of what it names come back. An empty manifest goes too, unless something is wanted.
        """
        stray = self._stray(manifest)
        kept = {chunk for chunk in stray if chunk in wanted}
        gone = [chunk for chunk in stray if chunk not in kept]
        for start in range(0, len(gone), _PAGE):
            self._drop(gone[start : start + _PAGE])
        self._count_in([chunk for chunk in kept if chunk in self._uncounted])
        self._put_in_order(manifest)
        if manifest.version:
            self._write(manifest if kept else replace(manifest, settled=True, staging=""))
        elif not kept:
            self._shard.update(_Update.delete_points([manifest_id(manifest.document)]))
        return kept

    def _put_in_order(self, manifest: Manifest) -> None:
        """Bring back the places of what is visible."""
        order = manifest.order
        for position, chunk in enumerate(order):
            self._shard.update(_Update.set_payload([chunk], {"position": position}))
        self._recent.forget(order)

    def _stray(self, manifest: Manifest) -> list[ChunkId]:
        """The document's passages that its manifest does not name."""
        named = set(manifest.order)
        stored = scroll(self._shard, having(document=manifest.document, kind="passage"), payload=False)
        return [chunk for record in stored if (chunk := ChunkId(record.id)) not in named]

    def _count(self, terms: Mapping[Any, Sequence[int]], sign: int) -> None:
        for space, numbers in terms.items():
            self._counts.add(space, numbers, sign)

    def _count_in(self, chunks: Sequence[ChunkId]) -> None:
        """Count stored passages that were not counted."""
        for start in range(0, len(chunks), _PAGE):
            part: list[Any] = list(chunks[start : start + _PAGE])
            self._count_records(self._shard.retrieve(part, with_payload=False, with_vector=True), 1)
        self._uncounted.difference_update(chunks)

    def _count_again(self) -> None:
        self._begin()
        self._counts.clear()
        stored = scroll(self._shard, having(kind="passage"), payload=False, vector=True)
        self._count_records((record for record in stored if record.id not in self._uncounted), 1)
        self._counts.commit()

    def _count_records(self, records: Iterable[Any], sign: int) -> None:
        for record in records:
            self._count({space: record.vector[space].indices for space in SPACES if space in record.vector}, sign)


def _slices(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _SLICE] for start in range(0, len(items), _SLICE))


def _throw_away(folder: Path, senses: Path) -> None:
    _log.warning("The system stopped while the knowledge index was written: it is made again from the documents")
    for made in (folder / "shard", senses):
        shutil.rmtree(made, ignore_errors=True)
    (folder / "frequencies.bin").unlink(missing_ok=True)
