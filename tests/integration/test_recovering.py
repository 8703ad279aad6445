"""What is restarted, and what is left alone, by how a process answers."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from supportbot.common.process import HttpServer, listen
from supportbot.standalone.operations.recovering import recover
from tests.servers.process import free_port

UNIT = "telegram-bot"


@asynccontextmanager
async def answering(port: int, status: int) -> AsyncGenerator[str]:
    """A process whose database is as `status` says."""
    application = FastAPI()

    @application.get("/health/db")
    async def db() -> JSONResponse:
        return JSONResponse({"database": "ok" if status == 200 else "PostgreSQL is away"}, status)

    bound = listen("127.0.0.1", port)
    server = HttpServer(application)
    serving = asyncio.create_task(server.run_until_stopped(bound))
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.stop()
    await serving


async def test_a_process_without_its_database_is_not_restarted_but_told() -> None:
    restarted: list[str] = []

    async def restart(unit: str) -> None:
        restarted.append(unit)

    async with answering(0, 503) as address:
        found = await recover({UNIT: address}, lambda _text: None, pause_s=0, restart=restart)
    assert restarted == []
    assert found.unwell == {UNIT: "PostgreSQL is away"}


async def test_one_that_is_gone_comes_back_by_a_restart() -> None:
    port, notes = free_port(), list[str]()
    async with asyncio.timeout(30):
        stack: list[object] = []

        async def restart(_unit: str) -> None:
            started = answering(port, 200)
            await started.__aenter__()
            stack.append(started)

        found = await recover({UNIT: f"http://127.0.0.1:{port}"}, notes.append, pause_s=0, restart=restart)
        for started in stack:
            await started.__aexit__(None, None, None)  # type: ignore[attr-defined]
    assert (found.well, found.restarted, found.unwell) == ([UNIT], [UNIT], {})
    assert [note for note in notes if "restarting" in note] == [f"{UNIT}: restarting"]
