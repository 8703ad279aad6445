"""What is stored of a passage and of a document, whatever engine holds it: names and values of payloads."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self
from uuid import UUID, uuid5

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.access import PUBLIC, Access
from supportbot.common.knowledge.passages import Passage
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
    staging: str = ""
    """While passages of the next version are written: how they are encoded, and by whom."""
    access: Access = PUBLIC

    def payload(self) -> dict[str, Any]:
        """Stored as a point without vectors, so that no search finds it."""
        fields = asdict(self)
        return {**fields, **fields.pop("access"), "kind": "manifest"}

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Self:
        """The manifest that `payload` wrote."""
        return cls(
            DocumentId(payload["document"]),
            payload["version"],
            tuple(payload["chunks"]),
            payload["settled"],
            payload["encoding"],
            payload.get("staging", ""),
            Access(payload.get("audience", PUBLIC.audience), payload.get("expires")),
        )

    @property
    def order(self) -> list[ChunkId]:
        """The ids of the visible passages, by position."""
        return [ChunkId(UUID(chunk)) for chunk in self.chunks]


@dataclass(frozen=True, slots=True)
class Change:
    """A document's way from one version to the next: what to write, what to keep, what to drop."""

    former: Manifest
    manifest: Manifest
    added: tuple[Passage, ...]
    kept: tuple[Passage, ...]
    """Stored already: visible, or written by an attempt that did not end."""
    dropped: tuple[ChunkId, ...]


def manifest_id(document: DocumentId) -> UUID:
    """The id of a document's manifest."""
    return uuid5(_MANIFESTS, document)


def shown_version(version: str, encoding: str) -> str:
    """A document's version; one that was encoded differently than today is named so that it matches nothing."""
    return version if encoding == ENCODING else f"outdated:{version}"


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
        **({"page": passage.page} if passage.page else {}),
        **({"context": passage.context} if passage.context else {}),
    }


def read_passage(chunk: ChunkId, payload: Mapping[str, Any]) -> Passage:
    """The passage whose payload this is."""
    return Passage(
        chunk_id=chunk,
        document=DocumentId(payload["document"]),
        title=payload["title"],
        headings=tuple(payload["headings"]),
        text=payload["text"],
        position=payload["position"],
        language=payload["language"],
        source=payload["source"],
        page=payload.get("page", 0),
        audience=payload["audience"],
        context=payload.get("context", ""),
    )
