"""What passages mean, in Qdrant: a collection for each space beside that of words; a note says which is searched."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Final
from uuid import UUID, uuid5

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError
from supportbot.common.knowledge.qdrant_collection import Hit, Payload, QdrantCollection, equal, outside
from supportbot.common.knowledge.qdrant_connection import (
    CollectionExistsError,
    CollectionMissingError,
    QdrantConnection,
)
from supportbot.common.knowledge.qdrant_rest import models
from supportbot.common.knowledge.senses import DENSE, Sense, SenseSpace, Vector
from supportbot.common.telemetry.outage import Outage

ACTIVE: Final = uuid5(UUID("6f1d2a57-3c0e-5b1b-9d5e-0c6f3a1e7b42"), "space that is searched by sense")
"""The point, in the collection of the words, that names the space that is searched."""
_WITH_DOCUMENT: Final = "document"


class QdrantSenses:
    """Points have the ids of their passages; which of them are visible, the manifests say as they do for words."""

    def __init__(self, connection: QdrantConnection, words: QdrantCollection) -> None:
        """`words`: the collection that holds the passages, on this connection."""
        self._connection = connection
        self._words = words
        self._outage = Outage("Passages cannot be searched by sense", "Passages are searched by sense again")

    async def nearest(self, sense: Sense, width: int, closed: Sequence[str] = ()) -> list[Hit]:
        """The `width` nearest points with their document; none where the space is not there or fails."""
        asked = {"query": list(sense.vector), "using": DENSE, "limit": width, "with_payload": [_WITH_DOCUMENT]}
        request = models.QueryRequest(**asked, filter=outside(closed))
        at = self._at(sense.space)
        try:
            answer = await at.ask(
                lambda apis: apis.search_api.query_points(collection_name=at.collection, query_request=request)
            )
            found = [(ChunkId(UUID(str(point.id))), point.score, point.payload or {}) for point in answer.points]
        except (KnowledgeIndexUnavailableError, ValueError) as error:  # the words must do
            self._outage.met(error)
            return []
        self._outage.over()
        return [hit for hit in found if _WITH_DOCUMENT in hit[2]]

    async def without_vector(self, document: DocumentId, space: SenseSpace, chunks: Sequence[ChunkId]) -> list[ChunkId]:
        """Which of a document's chunks have no vector; whatever else of the document has one is deleted."""
        at, collection = self._at(space), QdrantCollection(self._at(space))
        stray = equal(document=document)
        stray.must_not = [models.HasIdCondition(has_id=[str(chunk) for chunk in chunks])]
        selector = models.FilterSelector(filter=stray)
        try:
            await at.ask(lambda apis: apis.points_api.delete_points(at.collection, wait=True, points_selector=selector))
            held = await collection.payloads(chunks, [_WITH_DOCUMENT]) if chunks else {}
        except CollectionMissingError:
            return list(chunks)
        return [chunk for chunk in chunks if chunk not in held]

    async def add(self, document: DocumentId, space: SenseSpace, vectors: Mapping[ChunkId, Vector]) -> None:
        """Keep vectors; makes the collection where it is missing."""
        at = self._at(space)
        points = [
            models.PointStruct(id=str(chunk), vector={DENSE: list(vector)}, payload={_WITH_DOCUMENT: document})
            for chunk, vector in vectors.items()
        ]
        written = models.PointsList(points=points)
        for again in (True, False):
            try:
                await at.ask(
                    lambda apis: apis.points_api.upsert_points(
                        at.collection, wait=True, point_insert_operations=written
                    )
                )
            except CollectionMissingError:
                if not again:
                    raise
                await self._create(at, space)
            else:
                return

    async def use(self, space: SenseSpace, documents: Collection[DocumentId]) -> None:
        """Note that this space is searched, and drop all others; in it, what is of none of these documents."""
        at = self._at(space)
        await self._create(at, space)
        held = {payload.get(_WITH_DOCUMENT) async for payload in QdrantCollection(at).having((_WITH_DOCUMENT,))}
        for document in held.difference(documents):
            if isinstance(document, str):
                await QdrantCollection(at).delete(equal(document=document))
        await self._words.put([(ACTIVE, {}, {"kind": "senses", **asdict(space)})])
        described = await self._connection.ask(lambda apis: apis.collections_api.get_collections())
        for other in described.collections:
            if other.name.startswith(self._beginning) and other.name != at.collection:
                await self._drop(other.name)

    @property
    def _beginning(self) -> str:
        return f"{self._connection.collection}-sense-"

    def _at(self, space: SenseSpace) -> QdrantConnection:
        return self._connection.at(f"{self._beginning}{space.place}")

    async def _create(self, at: QdrantConnection, space: SenseSpace) -> None:
        params = models.VectorParams(
            size=space.dimensions, distance=models.Distance.DOT, datatype=models.Datatype.FLOAT16
        )
        made = models.CreateCollection(vectors={DENSE: params})
        try:
            await at.ask(lambda apis: apis.collections_api.create_collection(at.collection, create_collection=made))
        except CollectionExistsError:  # another process was quicker
            return
        wanted = models.CreateFieldIndex(field_name=_WITH_DOCUMENT, field_schema=models.PayloadSchemaType.KEYWORD)
        await at.ask(
            lambda apis: apis.indexes_api.create_field_index(at.collection, wait=True, create_field_index=wanted)
        )

    async def _drop(self, name: str) -> None:
        at = self._connection.at(name)
        await at.ask(lambda apis: apis.collections_api.delete_collection(name))


def read_space(payload: Payload | None) -> SenseSpace | None:
    """The space that the point ACTIVE names; none where it is missing or says something else."""
    try:
        if not payload:
            return None
        return SenseSpace(str(payload["model"]), int(payload["dimensions"]), bool(payload["shortened"]))
    except (KeyError, TypeError, ValueError):
        return None
