"""The collection that holds the knowledge in Qdrant: how it is made, checked, read and written."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from supportbot.common.ids import ChunkId
from supportbot.common.knowledge.passages import SparseVector
from supportbot.common.knowledge.port import UnfitIndexError
from supportbot.common.knowledge.qdrant_connection import (
    Apis,
    CollectionExistsError,
    CollectionMissingError,
    QdrantConnection,
)
from supportbot.common.knowledge.qdrant_rest import models
from supportbot.common.knowledge.vectors import SPACES

_INDEXED: Final = ("kind", "document", "writer")
"""Payload that is filtered by; Qdrant's strict mode refuses filters on anything else."""
_PAGE: Final = 1000
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
                info = await self._connection.ask(self._describe)
            except CollectionMissingError:
                await self._make()
                info = await self._connection.ask(self._describe)
            self._refuse_unfit(info)
            for field in set(_INDEXED).difference(info.payload_schema):
                await self._index(field)
            self._checked = True

    async def check(self) -> None:
        """Refuse a collection that does not fit, also where it came in the place of ours; nothing is made."""
        self._refuse_unfit(await self._connection.ask(self._describe))

    async def nearest(
        self, vectors: Mapping[str, SparseVector], width: int, closed: Sequence[str] = ()
    ) -> dict[str, list[Hit]]:
        """The `width` best points of each space, with their document; none of documents that are `closed`."""
        requests = [
            models.QueryRequest(
                query=models.SparseVector(indices=list(vector.indices), values=list(vector.values)),
                using=space,
                limit=width,
                filter=outside(closed),
                with_payload=["document"],
            )
            for space, vector in vectors.items()
        ]
        batch = models.QueryRequestBatch(searches=requests)
        answers = await self._connection.ask(
            lambda apis: apis.search_api.query_batch_points(self._name, query_request_batch=batch)
        )
        return {
            space: [(ChunkId(UUID(str(p.id))), p.score, p.payload or {}) for p in answer.points]
            for space, answer in zip(vectors, answers, strict=True)
        }

    async def payloads(self, ids: Iterable[UUID], fields: Sequence[str] | None = None) -> dict[UUID, Payload]:
        """The payload, or these fields of it, of each point that exists."""
        shown = True if fields is None else list(fields)
        records = await self._retrieve(models.PointRequest(ids=[str(point) for point in ids], with_payload=shown))
        return {UUID(str(record.id)): record.payload or {} for record in records}

    async def terms(self, ids: Iterable[UUID]) -> list[dict[str, list[int]]]:
        """The terms of each point that exists, by space."""
        wanted = [str(point) for point in ids]
        records = await self._retrieve(models.PointRequest(ids=wanted, with_payload=False, with_vector=True))
        vectors: list[Any] = [record.vector or {} for record in records]
        return [{space: vector[space].indices for space in SPACES if space in vector} for vector in vectors]

    async def having(self, fields: Sequence[str], **values: str) -> AsyncIterator[Payload]:
        """These fields of all points whose payload has these values; of all points where none are given."""
        offset: Any = None
        while True:
            request = models.ScrollRequest(
                filter=equal(**values) if values else None, limit=_PAGE, offset=offset, with_payload=list(fields)
            )
            page = await self._connection.ask(partial(self._scroll, request))
            for record in page.points:
                yield record.payload or {}
            offset = page.next_page_offset
            if offset is None:
                return

    async def count(self, ids: Iterable[UUID]) -> int:
        """How many of these points exist."""
        among = models.Filter(must=[models.HasIdCondition(has_id=[str(point) for point in ids])])
        request = models.CountRequest(filter=among, exact=True)
        found = await self._connection.ask(lambda apis: apis.points_api.count_points(self._name, count_request=request))
        return found.count

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
        written = models.PointsList(points=encoded, update_filter=only_where, update_mode=mode)
        await self._connection.ask(
            lambda apis: apis.points_api.upsert_points(self._name, wait=True, point_insert_operations=written)
        )

    async def amend(self, changes: Iterable[tuple[UUID, Payload]]) -> None:
        """Set payload of points, each its own."""
        operations = [
            models.SetPayloadOperation(set_payload=models.SetPayload(payload=dict(payload), points=[str(point)]))
            for point, payload in changes
        ]
        if operations:
            batch = models.UpdateOperations(operations=operations)
            await self._connection.ask(
                lambda apis: apis.points_api.batch_update(self._name, wait=True, update_operations=batch)
            )

    async def delete(self, chosen: Sequence[UUID] | models.Filter) -> None:
        """Delete points by their ids, or all that match."""
        selector: Any = (
            models.FilterSelector(filter=chosen)
            if isinstance(chosen, models.Filter)
            else models.PointIdsList(points=[str(point) for point in chosen])
        )
        await self._connection.ask(
            lambda apis: apis.points_api.delete_points(self._name, wait=True, points_selector=selector)
        )

    async def _retrieve(self, request: models.PointRequest) -> list[models.Record]:
        return await self._connection.ask(lambda apis: apis.points_api.get_points(self._name, point_request=request))

    async def _scroll(self, request: models.ScrollRequest, apis: Apis) -> models.InlineResponse20019:
        return await apis.points_api.scroll_points(self._name, scroll_request=request)

    async def _describe(self, apis: Apis) -> models.InlineResponse2007:
        return await apis.collections_api.get_collection(self._name)

    async def _make(self) -> None:
        spaces: dict[str, models.SparseVectorParams] = {space: models.SparseVectorParams() for space in SPACES}
        made = models.CreateCollection(vectors={}, sparse_vectors=spaces)
        try:
            await self._connection.ask(
                lambda apis: apis.collections_api.create_collection(self._name, create_collection=made)
            )
        except CollectionExistsError:  # another process was quicker
            return

    async def _index(self, field: str) -> None:
        wanted = models.CreateFieldIndex(field_name=field, field_schema=models.PayloadSchemaType.KEYWORD)
        await self._connection.ask(
            lambda apis: apis.indexes_api.create_field_index(self._name, wait=True, create_field_index=wanted)
        )

    def _refuse_unfit(self, info: models.CollectionInfo) -> None:
        spaces = info.config.params.sparse_vectors or {}
        missing = [space for space in SPACES if space not in spaces]
        weighed = [space for space in SPACES if space in spaces and spaces[space].modifier not in {None, "none"}]
        if missing:
            self._refuse(f"it lacks the sparse vectors {', '.join(missing)}{_dimensions(info.config.params.vectors)}")
        if weighed:
            self._refuse(f"its vectors {', '.join(weighed)} are weighed by Qdrant once more")

    def _refuse(self, problem: str) -> None:
        at = self._connection
        raise UnfitCollectionError(
            f"the collection {at.shown} of Qdrant at {at.url} was not made by this product: {problem}; "
            "set QDRANT_URL to another Qdrant, or delete that collection; then all documents are indexed again"
        )


def equal(**values: str) -> models.Filter:
    """Points whose payload has these values."""
    return models.Filter(
        must=[models.FieldCondition(key=k, match=models.MatchValue(value=v)) for k, v in values.items()]
    )


def outside(documents: Sequence[str]) -> models.Filter | None:
    """Points of none of these documents; None where none are given, as a filter costs time."""
    if not documents:
        return None
    among = models.FieldCondition(key="document", match=models.MatchAny(any=list(documents)))
    return models.Filter(must_not=[among])


def _dimensions(vectors: Any) -> str:
    """What the collection holds instead, in words."""
    if isinstance(vectors, models.VectorParams):
        return f" and has vectors of {vectors.size} dimensions"
    named = [f"{name} of {params.size} dimensions" for name, params in (vectors or {}).items()]
    return f" and has {', '.join(named)}" if named else ""
