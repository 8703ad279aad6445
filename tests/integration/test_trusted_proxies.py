"""Who a visitor is, behind a proxy that the operator named, and behind one that nobody named."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI, Request

from supportbot.common.process import HttpServer, listen
from supportbot.common.web.origin import is_local_viewer
from supportbot.gateway.entrypoints.web_visitor import remote_address

VISITOR = "203.0.113.9"


@asynccontextmanager
async def served(trusted: Sequence[str]) -> AsyncGenerator[str]:
    application = FastAPI()

    @application.get("/")
    async def seen(request: Request) -> dict[str, str | bool]:
        return {
            "scheme": request.url.scheme,
            "address": remote_address(request),
            "local": is_local_viewer(request),
        }

    bound = listen("127.0.0.1", 0)
    server = HttpServer(application, trusted)
    serving = asyncio.create_task(server.run_until_stopped(bound))
    yield f"http://127.0.0.1:{bound.getsockname()[1]}/"
    server.stop()
    await serving


async def seen_by(trusted: Sequence[str], forwarded_for: str) -> dict[str, str | bool]:
    async with served(trusted) as address, httpx.AsyncClient(trust_env=False) as client:
        headers = {"X-Forwarded-For": forwarded_for, "X-Forwarded-Proto": "https"}
        answer: dict[str, str | bool] = (await client.get(address, headers=headers)).json()
    return answer


@pytest.mark.parametrize("trusted", [["127.0.0.1"], ["10.0.0.0/8", "127.0.0.0/8"]])
async def test_a_named_proxy_says_who_asks_and_over_what(trusted: Sequence[str]) -> None:
    assert await seen_by(trusted, VISITOR) == {"scheme": "https", "address": VISITOR, "local": False}


@pytest.mark.parametrize("trusted", [[], ["10.0.0.0/8"]])
async def test_nobody_else_is_believed(trusted: Sequence[str]) -> None:
    assert await seen_by(trusted, VISITOR) == {"scheme": "http", "address": "", "local": False}


async def test_what_a_visitor_puts_in_front_of_the_proxys_word_does_not_count() -> None:
    assert (await seen_by(["127.0.0.1"], f"198.51.100.1, {VISITOR}"))["address"] == VISITOR


async def test_whoever_says_to_be_this_machine_is_still_not_let_in_as_it() -> None:
    assert (await seen_by(["127.0.0.1"], "127.0.0.1"))["local"] is False
