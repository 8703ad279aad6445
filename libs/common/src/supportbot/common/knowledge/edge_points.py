"""How what is stored becomes points of a Qdrant Edge shard."""

from collections.abc import Mapping
from typing import Any

import qdrant_edge as qdrant

from supportbot.common.knowledge.passages import Passage, SparseVector
from supportbot.common.knowledge.stored import Manifest, manifest_id, passage_payload


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
