"""The fake Qdrant against the published interface, by the client that the product uses."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from qdrant_client import AsyncQdrantClient, models

from tests.contract.fakes.qdrant_shapes import NAME, QdrantShapes
from tests.fakes.published import published
from tests.fakes.qdrant import Exchange, FakeQdrant

POINTS = [str(uuid4()) for _ in range(3)]


@pytest.fixture(scope="module")
def shapes() -> QdrantShapes:
    return QdrantShapes(published(NAME))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FakeQdrant]:
    async with FakeQdrant(tmp_path) as fake:
        yield fake


@pytest.fixture
async def client(server: FakeQdrant) -> AsyncIterator[AsyncQdrantClient]:
    """A client and a collection with three points."""
    found = AsyncQdrantClient(url=server.url, check_compatibility=False)
    await found.create_collection(
        "things",
        vectors_config={"dense": models.VectorParams(size=2, distance=models.Distance.COSINE)},
        sparse_vectors_config={"words": models.SparseVectorParams()},
    )
    await found.create_payload_index("things", "colour", models.PayloadSchemaType.KEYWORD)
    await found.upsert(
        "things",
        [
            models.PointStruct(
                id=point,
                vector={"words": models.SparseVector(indices=[1, number + 2], values=[1.0, 2.0]), "dense": [1.0, 0.5]},
                payload={"colour": "red" if number else "blue", "number": number},
            )
            for number, point in enumerate(POINTS)
        ],
    )
    yield found
    await found.close()


async def test_every_exchange_is_as_published(
    server: FakeQdrant, client: AsyncQdrantClient, shapes: QdrantShapes
) -> None:
    red = models.Filter(must=[models.FieldCondition(key="colour", match=models.MatchValue(value="red"))])
    await _ask_everything(client, red)
    await _change_everything(client, red)
    assert len(server.counts()) >= 20
    assert shapes.problems(server.exchanges) == []


async def _ask_everything(client: AsyncQdrantClient, red: models.Filter) -> None:
    query = models.QueryRequest(
        query=models.SparseVector(indices=[1], values=[1.0]),
        using="words",
        limit=2,
        with_payload=True,
        with_vector=True,
    )
    answers = await client.query_batch_points("things", [query, query])
    assert [len(answer.points) for answer in answers] == [2, 2]
    found = await client.query_points("things", query=[1.0, 0.5], using="dense", query_filter=red, limit=5)
    assert {point.id for point in found.points} == set(POINTS[1:])
    assert (await client.count("things", red)).count == 2
    facets = await client.facet("things", "colour", limit=5)
    assert [(hit.value, hit.count) for hit in facets.hits] == [("red", 2), ("blue", 1)]
    page, following = await client.scroll("things", limit=2, with_payload=["number"], with_vectors=["words"])
    rest, end = await client.scroll("things", limit=2, offset=following)
    assert {record.id for record in [*page, *rest]} == set(POINTS)
    assert end is None
    assert [record.id for record in await client.retrieve("things", [POINTS[0], str(UUID(int=5))])] == [POINTS[0]]
    info = await client.get_collection("things")
    assert (info.points_count, set(info.payload_schema)) == (3, {"colour"})
    assert [one.name for one in (await client.get_collections()).collections] == ["things"]
    assert await client.collection_exists("things")
    assert (await client.info()).version


async def _change_everything(client: AsyncQdrantClient, red: models.Filter) -> None:
    await client.set_payload("things", {"seen": True}, points=red)
    await client.overwrite_payload("things", {"colour": "red"}, points=[POINTS[1]])
    await client.delete_payload("things", ["seen"], points=[POINTS[2]])
    await client.clear_payload("things", points_selector=[POINTS[0]])
    change = models.SetPayloadOperation(set_payload=models.SetPayload(payload={"number": 9}, points=[POINTS[0]]))
    await client.batch_update_points("things", [change, change])
    payloads = {record.id: record.payload for record in await client.retrieve("things", POINTS)}
    assert payloads == {
        POINTS[0]: {"number": 9},
        POINTS[1]: {"colour": "red"},
        POINTS[2]: {"colour": "red", "number": 2},
    }
    await client.update_collection_aliases(
        [models.CreateAliasOperation(create_alias=models.CreateAlias(collection_name="things", alias_name="alias"))]
    )
    assert (await client.count("alias")).count == 3
    assert [one.alias_name for one in (await client.get_collection_aliases("things")).aliases] == ["alias"]
    assert len((await client.get_aliases()).aliases) == 1
    await client.delete("things", models.FilterSelector(filter=red))
    await client.delete("things", models.PointIdsList(points=POINTS))
    assert (await client.count("things")).count == 0
    await client.delete_payload_index("things", "colour")
    assert await client.delete_collection("things")


@pytest.mark.parametrize(
    ("request_body", "answer"),
    [
        ({"filter": {}, "exact": True, "surprise": 1}, {"result": {"count": 1}, "status": "ok", "time": 0.1}),
        ({"filter": None}, {"result": {"count": "one"}, "status": "ok", "time": 0.1}),
        ({"filter": {"must": [{"key": 5}]}}, {"result": {"count": 1}, "status": "ok", "time": 0.1}),
    ],
)
def test_what_is_not_as_published_is_noticed(shapes: QdrantShapes, request_body: object, answer: object) -> None:
    exchange = Exchange("POST", "/collections/{collection_name}/points/count", request_body, 200, answer)
    assert shapes.problems([exchange])
