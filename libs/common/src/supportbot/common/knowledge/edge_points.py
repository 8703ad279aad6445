"""How what is stored becomes points of a Qdrant Edge shard."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import qdrant_edge as qdrant

from supportbot.common.knowledge.passages import Passage, SparseVector
from supportbot.common.knowledge.stored import Manifest, manifest_id, passage_payload

_PAGE: Final = 500


def manifest_point(manifest: Manifest) -> qdrant.Point:
    """A document's manifest."""
    return qdrant.Point(manifest_id(manifest.document), {}, manifest.payload())


def passage_point(passage: Passage, vectors: Mapping[Any, SparseVector]) -> qdrant.Point:
    """A passage with its vectors."""
    return qdrant.Point(
        passage.chunk_id,
        {space: qdrant.SparseVector(list(v.indices), list(v.values)) for space, v in vectors.items()},
        passage_payload(passage),
    )


def having(**values: str) -> qdrant.Filter:
    """Points whose payload has these values."""
    return qdrant.Filter(must=[qdrant.FieldCondition(k, match=qdrant.MatchValue(v)) for k, v in values.items()])


def scroll(
    shard: qdrant.EdgeShard, matching: qdrant.Filter | None, *, payload: bool = True, vector: bool = False
) -> Iterator[Any]:
    """All records of a shard that match, or all; read in pages, so others may be deleted meanwhile."""
    offset: Any = None
    while True:
        request = qdrant.ScrollRequest(
            offset=offset, limit=_PAGE, filter=matching, with_payload=payload, with_vector=vector
        )
        records, offset = shard.scroll(request)
        yield from records
        if offset is None:
            return
