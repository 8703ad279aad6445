"""The fake Qdrant as a process: durable in its folder, controlled over HTTP."""

from pathlib import Path

import httpx

from tests.contract.fakes.process_of import process_of

POINT = {"id": 1, "vector": {"words": {"indices": [7], "values": [2.0]}}, "payload": {"a": "b"}}


async def test_points_and_aliases_outlive_the_process(tmp_path: Path) -> None:
    arguments = ("tests.fakes.qdrant", "--port", "0", "--folder", str(tmp_path))
    async with process_of(*arguments) as addresses, httpx.AsyncClient(trust_env=False) as client:
        url = addresses["qdrant"] + "/collections"
        await client.put(f"{url}/a%2Fb", json={"sparse_vectors": {"words": {}}})
        await client.put(f"{url}/a%2Fb/points?wait=true", json={"points": [POINT]})
        action = {"create_alias": {"collection_name": "a/b", "alias_name": "c"}}
        await client.post(f"{url}/aliases", json={"actions": [action]})
    async with process_of(*arguments) as addresses, httpx.AsyncClient(trust_env=False) as client:
        url = addresses["qdrant"] + "/collections"
        body = {"query": {"indices": [7], "values": [1.5]}, "using": "words", "with_payload": True}
        found = (await client.post(f"{url}/c/points/query", json=body)).json()["result"]["points"]
    assert [(point["id"], point["score"], point["payload"]) for point in found] == [(1, 3.0, {"a": "b"})]


async def test_a_process_is_broken_and_read_over_http() -> None:
    async with (
        process_of("tests.fakes.qdrant", "--key", "k") as addresses,
        httpx.AsyncClient(trust_env=False, headers={"api-key": "k"}) as client,
    ):
        url = addresses["qdrant"]
        await client.post(f"{url}/control/fail", json={"kind": "error", "path": "/collections"})
        broken = await client.get(f"{url}/collections")
        healed = await client.get(f"{url}/collections")
        counts = (await client.post(f"{url}/control/counts")).json()["result"]
    assert (broken.status_code, healed.json()["result"]) == (500, {"collections": []})
    assert counts == {"GET /collections": 1}
