"""The routes for commands on the same machine: without the key they are not there, whatever is sent."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from supportbot.answerer.domain.answer import Answer, Question
from supportbot.standalone.app import build
from supportbot.standalone.local_api import Upkeep, local_router
from supportbot.standalone.running import KEY_HEADER
from supportbot.standalone.settings import StandaloneSettings
from supportbot.standalone.stores import open_stores

KEY = "k" * 43


async def nothing_asked(_question: Question) -> Answer:
    raise AssertionError("somebody without the key asked")


async def two_lines(_paths: list[Path]) -> AsyncIterator[dict[str, Any]]:
    yield {"done": 1}
    yield {"done": 2}


async def told(repair: bool) -> AsyncIterator[dict[str, Any]]:  # as the route gives it
    yield {"repaired": repair}


async def written() -> AsyncIterator[dict[str, Any]]:
    yield {"written": 1}


def local_client() -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(local_router(KEY, nothing_asked, two_lines, Upkeep(told, written)))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


@pytest.mark.parametrize("path", ["/local/ask", "/local/index", "/local/index/verify", "/local/index/rebuild"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"question": 1}', b'{"question": "How?"}', b'{"paths": ["/x"]}'])
@pytest.mark.parametrize("headers", [{}, {KEY_HEADER: "wrong"}, {KEY_HEADER: b"\xff"}])
async def test_without_the_key_no_body_tells_that_a_route_is_there(
    path: str, body: bytes, headers: dict[str, Any]
) -> None:
    async with local_client() as client:
        refused = await client.post(path, content=body, headers={"Content-Type": "application/json", **headers})
    assert (refused.status_code, refused.json()) == (404, {"detail": "Not Found"})


async def test_with_the_key_the_route_answers_and_says_what_it_needs() -> None:
    async with local_client() as client:
        done = await client.post("/local/index", json={"paths": ["/x"]}, headers={KEY_HEADER: KEY})
        unclear = await client.post("/local/index", json={}, headers={KEY_HEADER: KEY})
        mended = await client.post("/local/index/verify", json={"repair": True}, headers={KEY_HEADER: KEY})
        rebuilt = await client.post("/local/index/rebuild", json={}, headers={KEY_HEADER: KEY})
    assert (mended.json(), rebuilt.json()) == ({"repaired": True}, {"written": 1})
    assert done.text.splitlines() == ['{"done": 1}', '{"done": 2}']
    assert unclear.status_code == 422


async def test_the_product_shows_no_plan_of_its_routes(tmp_path: Path) -> None:
    settings = StandaloneSettings(run_mode="web", database_path=tmp_path / "support.db")
    stores = await open_stores(settings)
    try:
        app = build(settings, stores).http({})
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            assert (await client.get("/openapi.json")).status_code == 404
    finally:
        await stores.close()
