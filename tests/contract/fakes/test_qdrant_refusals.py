"""What the fake Qdrant refuses, in the words and numbers of the real one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.qdrant import FakeQdrant

ID = "5c56c793-69f3-4fbf-87e6-c4bf54c28c26"
GOOD = {"id": ID, "vector": {"words": {"indices": [1], "values": [1.0]}}, "payload": {}}


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Raw requests to a server with the collection `things`."""
    async with (
        FakeQdrant(tmp_path) as server,
        httpx.AsyncClient(base_url=f"{server.url}/collections/", trust_env=False) as client,
    ):
        made = await client.put("things", json={"sparse_vectors": {"words": {}}, "vectors": {}})
        assert made.json()["result"] is True
        assert (await client.put("things/points", json={"points": [GOOD]})).status_code == 200
        yield client


@pytest.mark.parametrize(
    ("asked", "body", "status", "said"),
    [
        ("GET none", None, 404, "Not found: Collection `none` doesn't exist!"),
        ("POST none/points/count", {}, 404, "Not found: Collection `none` doesn't exist!"),
        ("PUT things", {"vectors": {}}, 409, "Wrong input: Collection `things` already exists!"),
        ("PUT new", {"vectors": {"size": 0, "distance": "Dot"}}, 422, "Validation error in JSON body"),
        ("PUT new", {"vectors": {"size": 3, "distance": "Far"}}, 400, "Format error in JSON body"),
        ("PUT things/points", {"points": [GOOD | {"id": "x"}]}, 400, "value x is not a valid point ID"),
        ("PUT things/points", {"points": [GOOD | {"id": -1}]}, 400, "value -1 is not a valid point ID"),
        (
            "PUT things/points",
            {"points": [GOOD | {"vector": {"other": [1.0]}}]},
            400,
            "Wrong input: Not existing vector name error: other",
        ),
        (
            "PUT things/points",
            {"points": [GOOD | {"vector": {"words": {"indices": [1, 1], "values": [1.0, 2.0]}}}]},
            422,
            "must be unique",
        ),
        (
            "PUT things/points",
            {"points": [GOOD | {"vector": {"words": {"indices": [1], "values": []}}}]},
            422,
            "must be the same length as indices",
        ),
        (
            "POST things/points/query",
            {"query": {"indices": [1], "values": [1.0]}, "using": "other"},
            400,
            "Wrong input: Not existing vector name error: other",
        ),
        ("POST things/points/scroll", {"limit": 0}, 422, "value 0 invalid, must be 1 or larger"),
        ("POST things/points/scroll", {"filter": {"musts": []}}, 400, "unknown field `musts`"),
        ("POST things/points/scroll", {"filter": {"must": [{"keys": "a"}]}}, 400, "untagged enum Condition"),
        ("POST things/points/delete", {}, 400, "untagged enum PointsSelector"),
        ("POST things/points/payload", {"payload": {}, "points": [7]}, 404, "No point with id"),
        ("POST things/facet", {"key": "colour"}, 400, "No appropriate index for faceting"),
        ("PUT things/index", {"field_name": "a", "field_schema": "word"}, 400, "untagged enum PayloadFieldSchema"),
        ("POST aliases", {"actions": [{"delete_alias": {"alias_name": "a"}}]}, 404, "Alias a does not exists"),
        ("POST things/points/batch", {"operations": [{"explode": {}}]}, 400, "untagged enum UpdateOperation"),
    ],
)
async def test_a_refusal(http: httpx.AsyncClient, asked: str, body: Any, status: int, said: str) -> None:
    method, path = asked.split()
    answer = await http.request(method, path, json=body)
    assert (answer.status_code, said in answer.json()["status"]["error"]) == (status, True), answer.text


async def test_what_is_not_json_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("things/points/count", content=b"{")
    assert (answer.status_code, "Format error in JSON body" in answer.text) == (400, True)


async def test_unknown_paths_are_not_found(http: httpx.AsyncClient) -> None:
    assert (await http.post("things/points/nothing", json={})).status_code == 404


async def test_deleting_a_collection_that_is_not_there_says_false(http: httpx.AsyncClient) -> None:
    assert (await http.delete("none")).json()["result"] is False


async def test_a_key_is_asked_for_but_not_by_probes(tmp_path: Path) -> None:
    async with FakeQdrant(tmp_path, api_key="right") as server, httpx.AsyncClient(trust_env=False) as client:
        answers = [
            await client.get(f"{server.url}{path}", headers=headers)
            for path, headers in (
                ("/collections", {}),
                ("/collections", {"api-key": "wrong"}),
                ("/collections", {"api-key": "right"}),
                ("/collections", {"authorization": "Bearer right"}),
                ("/readyz", {}),
            )
        ]
    assert [answer.status_code for answer in answers] == [401, 401, 200, 200, 200]
    assert answers[0].text == "Must provide an API key or an Authorization bearer token"
