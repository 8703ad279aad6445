"""What passages mean, in Qdrant Edge shards beside that of their words: one for each space, by blocking calls."""

import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import qdrant_edge as qdrant

from supportbot.common.ids import ChunkId
from supportbot.common.knowledge.edge_points import scroll
from supportbot.common.knowledge.senses import DENSE, Sense, SenseSpace, Vector
from supportbot.common.telemetry.outage import Outage

_ACTIVE: Final = "active"
_SPACE: Final = "space.json"
_Update: Final = qdrant.UpdateOperation


class EdgeSenses:
    """A space is a folder; the file `active` names the one that is searched, and is replaced as a whole.

    Nothing is opened, and nothing costs memory, before a space is asked for. Searches are exact: 2 ms over 20,000
    vectors of 1,536 dimensions.
    """

    def __init__(self, folder: Path) -> None:
        """`folder` need not be there."""
        self._folder = folder
        self._shards: dict[SenseSpace, qdrant.EdgeShard] = {}
        self._spaces = {_read_space(file) for file in folder.glob(f"*/{_SPACE}")}
        self._outage = Outage("Passages cannot be searched by sense", "Passages are searched by sense again")
        self.active = self._read_active()
        """The space that is searched; None while there is no whole one."""

    def nearest(self, sense: Sense, limit: int) -> list[tuple[ChunkId, float]]:
        """The nearest passages, visible or not; none where there is no such space, or it fails."""
        if sense.space not in self._spaces or len(sense.vector) != sense.space.dimensions:
            return []
        query = qdrant.Query.Nearest(list(sense.vector), using=DENSE)
        try:
            points: list[Any] = self._shard(sense.space).search(qdrant.SearchRequest(query, limit=limit))
        except Exception as error:  # the engine raises nothing more telling; the words must do
            self._outage.met(error)
            return []
        self._outage.over()
        return [(ChunkId(point.id), point.score) for point in points]

    def held(self, space: SenseSpace, chunks: Sequence[ChunkId]) -> set[ChunkId]:
        """Which of these chunks have a vector in a space."""
        if space not in self._spaces or not chunks:
            return set()
        found: list[Any] = self._shard(space).retrieve(list(chunks), with_payload=False, with_vector=False)
        return {ChunkId(record.id) for record in found}

    def add(self, space: SenseSpace, vectors: Mapping[ChunkId, Vector]) -> None:
        """Keep vectors in a space, which is made where it is missing."""
        points = [qdrant.Point(chunk, {DENSE: list(vector)}, {}) for chunk, vector in vectors.items()]
        self._shard(space).update(_Update.upsert_points(points))

    def forget(self, chunks: Sequence[ChunkId]) -> None:
        """Drop the vectors of these chunks, in every space."""
        for space in self._spaces:
            self._shard(space).update(_Update.delete_points(list(chunks)))

    def use(self, space: SenseSpace, stored: Callable[[Sequence[ChunkId]], Collection[ChunkId]]) -> None:
        """Let a space be the one that is searched, drop all others, and in it what is of no stored passage."""
        shard = self._shard(space)
        chunks = [ChunkId(record.id) for record in scroll(shard, None, payload=False)]
        stray: list[Any] = list(set(chunks).difference(stored(chunks)))
        if stray:
            shard.update(_Update.delete_points(stray))
        written = self._folder / f"{_ACTIVE}.new"
        written.write_text(space.place, "ascii")
        written.replace(self._folder / _ACTIVE)
        self.active = space
        for other in self._spaces - {space}:
            if other in self._shards:
                self._shards.pop(other).close()
            shutil.rmtree(self._folder / other.place, ignore_errors=True)
        self._spaces = {space}

    def flush(self) -> None:
        """Bring everything to the disk."""
        for shard in self._shards.values():
            shard.flush()

    def close(self) -> None:
        """Let go."""
        for shard in self._shards.values():
            shard.close()
        self._shards.clear()

    def _shard(self, space: SenseSpace) -> qdrant.EdgeShard:
        if space not in self._shards:
            self._shards[space] = self._load(space)
        return self._shards[space]

    def _load(self, space: SenseSpace) -> qdrant.EdgeShard:
        folder = self._folder / space.place
        if (folder / _SPACE).exists():
            return qdrant.EdgeShard.load(str(folder / "shard"))
        shutil.rmtree(folder, ignore_errors=True)  # whatever was begun there never became whole
        (folder / "shard").mkdir(parents=True)
        halves = qdrant.VectorStorageDatatype.Float16
        vectors = {DENSE: qdrant.EdgeVectorParams(space.dimensions, qdrant.Distance.Dot, datatype=halves)}
        config = qdrant.EdgeConfig(vectors=vectors, max_search_threads=1)
        made = qdrant.EdgeShard.create(str(folder / "shard"), config)
        (folder / _SPACE).write_text(json.dumps(asdict(space)), "utf-8")
        self._spaces.add(space)
        return made

    def _read_active(self) -> SenseSpace | None:
        try:
            name = (self._folder / _ACTIVE).read_text("ascii")
        except OSError:
            return None
        return next((space for space in self._spaces if space.place == name), None)


def _read_space(file: Path) -> SenseSpace:
    return SenseSpace(**json.loads(file.read_text("utf-8")))
