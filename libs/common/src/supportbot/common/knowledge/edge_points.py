"""How a passage and a document's manifest are written as points of a Qdrant Edge shard."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self
from uuid import UUID, uuid5

import qdrant_edge as qdrant

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.passages import Passage, SparseVector
from supportbot.common.knowledge.vectors import ENCODING

_MANIFESTS: Final = UUID("6f1d2a57-3c0e-5b1b-9d5e-0c6f3a1e7b42")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which passages of a document are visible, in their order; the one place that says so."""

    document: DocumentId
    version: str
    """Empty while the document has never been whole."""
    chunks: tuple[str, ...]
    settled: bool
    """False while passages may be stored that are not named here."""
    encoding: str = ENCODING

    def point(self) -> qdrant.Point:
        """A point without vectors, so that no search finds it."""
        return qdrant.Point(manifest_id(self.document), {}, {**asdict(self), "kind": "manifest"})

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Self:
        """The manifest that `point` wrote."""
        return cls(
            DocumentId(payload["document"]),
            payload["version"],
            tuple(payload["chunks"]),
            payload["settled"],
            payload["encoding"],
        )

    @property
    def order(self) -> list[ChunkId]:
        """The ids of the visible passages, by position."""
        return [ChunkId(UUID(chunk)) for chunk in self.chunks]


def manifest_id(document: DocumentId) -> UUID:
    """The id of a document's manifest."""
    return uuid5(_MANIFESTS, document)


def passage_point(passage: Passage, vectors: Mapping[Any, SparseVector]) -> qdrant.Point:
    """A passage with its vectors."""
    return qdrant.Point(
        passage.chunk_id,
        {space: qdrant.SparseVector(list(v.indices), list(v.values)) for space, v in vectors.items()},
        passage_payload(passage),
    )


def passage_payload(passage: Passage) -> dict[str, Any]:
    """Everything of a passage but its id."""
    return {
        "kind": "passage",
        "document": passage.document,
        "title": passage.title,
        "headings": list(passage.headings),
        "text": passage.text,
        "position": passage.position,
        "language": passage.language,
        "source": passage.source,
        "audience": passage.audience,
    }


def read_passage(record: Any) -> Passage:
    """The passage that `passage_point` wrote."""
    payload = record.payload
    return Passage(
        chunk_id=ChunkId(record.id),
        document=DocumentId(payload["document"]),
        title=payload["title"],
        headings=tuple(payload["headings"]),
        text=payload["text"],
        position=payload["position"],
        language=payload["language"],
        source=payload["source"],
        audience=payload["audience"],
    )


def having(**values: str) -> qdrant.Filter:
    """Points whose payload has these values."""
    return qdrant.Filter(must=[qdrant.FieldCondition(k, match=qdrant.MatchValue(v)) for k, v in values.items()])
