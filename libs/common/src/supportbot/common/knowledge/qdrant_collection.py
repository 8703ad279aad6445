"""The collection that holds the knowledge in Qdrant: how it is made, checked, read and written."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from supportbot.common.ids import ChunkId
from supportbot.common.knowledge.passages import SparseVector
from supportbot.common.knowledge.port import UnfitIndexError
from supportbot.common.knowledge.qdrant_connection import CollectionMissingError, QdrantConnection
from supportbot.common.knowledge.vectors import SPACES

_INDEXED: Final = ("kind", "document", "writer")
"""Payload that is filtered by; Qdrant's strict mode refuses filters on anything else."""
_PAGE: Final = 1000
_CONFLICT: Final = 409
Payload = Mapping[str, Any]
Hit = tuple[ChunkId, float, Payload]


class UnfitCollectionError(UnfitIndexError):
    """There is a collection of our name that was made for something else."""


class QdrantCollection:
    """Points of one collection, in the terms of its payload; every call is idempotent and raises as `ask` does."""

    def __init__(self, connection: QdrantConnection) -> None:
        """Of a server that may be away now."""
        self._connection = connection
        self._name = connection.collection
        self._checked = False
        self._checking = asyncio.Lock()

    async def ensure(self, *, again: bool = False) -> None:
        """Make the collection where it is missing, and refuse one that does not fit; asks the server only once."""
        if self._checked and not again:
            return
        async with self._checking:
            try:
                info = await self._connection.ask(lambda client: client.get_collection(self._name))
            except CollectionMissingError:
                await self._connection.ask(self._create)
                info = await self._connection.ask(lambda client: client.get_collection(self._name))
            self._refuse_unfit(info)
            for field in set(_INDEXED).difference(info.payload_schema):
                await self._index(field)
            self._checked = True

    async def nearest(self, vectors: Mapping[str, SparseVector], width: int) -> dict[str, list[Hit]]:
        """The `width` best points of each space, with their document."""
        requests = [
            models.QueryRequest(
                query=models.SparseVector(indices=list(vector.indices), values=list(vector.values)),
                using=space,
                limit=width,
                with_payload=["document"],
            )
            for space, vector in vectors.items()
        ]
        answers = await self._connection.ask(lambda client: client.query_batch_points(self._name, requests))
        return {
            space: [(ChunkId(UUID(str(p.id))), p.score, p.payload or {}) for p in answer.points]
            for space, answer in zip(vectors, answers, strict=True)
        }

    async def payloads(self, ids: Iterable[UUID], fields: Sequence[str] | None = None) -> dict[UUID, Payload]:
        """The payload, or these fields of it, of each point that exists."""
        wanted: list[Any] = [str(point) for point in ids]
        records = await self._connection.ask(
            lambda client: client.retrieve(self._name, wanted, with_payload=True if fields is None else list(fields))
        )
        return {UUID(str(record.id)): record.payload or {} for record in records}

    async def terms(self, ids: Iterable[UUID]) -> list[dict[str, list[int]]]:
        """The terms of each point that exists, by space."""
        wanted: list[Any] = [str(point) for point in ids]
        records = await self._connection.ask(
            lambda client: client.retrieve(self._name, wanted, with_payload=False, with_vectors=True)
        )
        vectors: list[Any] = [record.vector or {} for record in records]
        return [{space: vector[space].indices for space in SPACES if space in vector} for vector in vectors]

    async def having(self, fields: Sequence[str], **values: str) -> AsyncIterator[Payload]:
        """These fields of all points whose payload has these values."""
        offset: Any = None
        while True:
            page = partial(self._page, equal(**values), list(fields), offset)
            records, offset = await self._connection.ask(page)
            for record in records:
                yield record.payload or {}
            if offset is None:
                return

    async def count(self, ids: Iterable[UUID]) -> int:
        """How many of these points exist."""
        among = models.Filter(must=[models.HasIdCondition(has_id=[str(point) for point in ids])])
        return (await self._connection.ask(lambda client: client.count(self._name, among, exact=True))).count

    async def put(
        self,
        points: Sequence[tuple[UUID, Mapping[Any, SparseVector], Payload]],
        *,
        only_where: models.Filter | None = None,
    ) -> None:
        """Write points; with `only_where`, only those that are there and match it."""
        encoded = [
            models.PointStruct(
                id=str(point),
                vector={
                    space: models.SparseVector(indices=list(vector.indices), values=list(vector.values))
                    for space, vector in vectors.items()
                },
                payload=dict(payload),
            )
            for point, vectors, payload in points
        ]
        mode = None if only_where is None else models.UpdateMode.UPDATE_ONLY
        await self._connection.ask(
            lambda client: client.upsert(self._name, encoded, update_filter=only_where, update_mode=mode)
        )

    async def amend(self, changes: Iterable[tuple[UUID, Payload]]) -> None:
        """Set payload of points, each its own."""
        operations = [
            models.SetPayloadOperation(set_payload=models.SetPayload(payload=dict(payload), points=[str(point)]))
            for point, payload in changes
        ]
        if operations:
            await self._connection.ask(lambda client: client.batch_update_points(self._name, operations))

    async def delete(self, chosen: Sequence[UUID] | models.Filter) -> None:
        """Delete points by their ids, or all that match."""
        selector: Any = (
            models.FilterSelector(filter=chosen)
            if isinstance(chosen, models.Filter)
            else models.PointIdsList(points=[str(point) for point in chosen])
        )
        await self._connection.ask(lambda client: client.delete(self._name, selector))

    async def _page(
        self, matching: models.Filter, fields: list[str], offset: Any, client: AsyncQdrantClient
    ) -> tuple[list[models.Record], Any]:
        return await client.scroll(self._name, matching, limit=_PAGE, offset=offset, with_payload=fields)

    async def _create(self, client: AsyncQdrantClient) -> None:
        spaces: dict[str, models.SparseVectorParams] = {space: models.SparseVectorParams() for space in SPACES}
        try:
            await client.create_collection(self._name, vectors_config={}, sparse_vectors_config=spaces)
        except UnexpectedResponse as error:
            if error.status_code != _CONFLICT:  # another process was quicker
                raise

    async def _index(self, field: str) -> None:
        keyword = models.PayloadSchemaType.KEYWORD
        await self._connection.ask(lambda client: client.create_payload_index(self._name, field, keyword))

    def _refuse_unfit(self, info: models.CollectionInfo) -> None:
        spaces = info.config.params.sparse_vectors or {}
        missing = [space for space in SPACES if space not in spaces]
        weighed = [space for space in SPACES if space in spaces and spaces[space].modifier not in {None, "none"}]
        if missing:
            self._refuse(f"it lacks the sparse vectors {', '.join(missing)}{_dimensions(info.config.params.vectors)}")
        if weighed:
            self._refuse(f"its vectors {', '.join(weighed)} are weighed by Qdrant once more")

    def _refuse(self, problem: str) -> None:
        raise UnfitCollectionError(
            f"the collection {self._name} of Qdrant at {self._connection.url} was not made by this product: {problem}; "
            "set QDRANT_URL to another Qdrant, or delete that collection; then all documents are indexed again"
        )


def equal(**values: str) -> models.Filter:
    """Points whose payload has these values."""
    return models.Filter(
        must=[models.FieldCondition(key=k, match=models.MatchValue(value=v)) for k, v in values.items()]
    )


def _dimensions(vectors: Any) -> str:
    """What the collection holds instead, in words."""
    if isinstance(vectors, models.VectorParams):
        return f" and has vectors of {vectors.size} dimensions"
    named = [f"{name} of {params.size} dimensions" for name, params in (vectors or {}).items()]
    return f" and has {', '.join(named)}" if named else ""
