"""Ids of chunks, from what they say and where: the same content in the same document keeps its id."""

from collections.abc import Sequence
from hashlib import blake2b
from uuid import UUID

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.vectors import ENCODING


def chunk_id_for(
    document: DocumentId,
    text: str,
    *,
    title: str = "",
    headings: Sequence[str] = (),
    page: int = 0,
    occurrence: int = 0,
) -> ChunkId:
    """The id of a chunk; `occurrence` tells apart equal chunks of one document, counted from 0."""
    digest = blake2b(digest_size=16)
    place = (f"page {page}",) if page else ()
    for part in (ENCODING, document, title, str(occurrence), str(len(headings)), *headings, *place, text):
        data = part.encode("utf-8", "replace")
        digest.update(len(data).to_bytes(8, "big") + data)
    return ChunkId(UUID(bytes=digest.digest(), version=5))


def with_context(chunk: ChunkId, context: str) -> ChunkId:
    """The id of the same chunk with something more to search by: it is encoded again where that changes."""
    data = context.encode("utf-8", "replace")
    return ChunkId(UUID(bytes=blake2b(chunk.bytes + data, digest_size=16).digest(), version=5)) if data else chunk
