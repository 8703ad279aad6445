"""Health and metrics routes, the same in every process, with the names that monitoring relies on."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.lifecycle import Check
from supportbot.common.telemetry.metrics import DB_CHECKED_OUT, DB_OVERFLOW, DB_SIZE

CHECK_TIMEOUT_S = 3.0


def health_router(database: Database, checks: Mapping[str, Check], version: str) -> APIRouter:
    """Routes that say whether this process works, and what it counts."""
    router = APIRouter(tags=["health"])
    _add_state(router, database, checks, version)
    _add_database(router, database)
    _add_metrics(router, database)
    return router


def _add_state(router: APIRouter, database: Database, checks: Mapping[str, Check], version: str) -> None:
    @router.get("/health/live")
    async def live() -> dict[str, str]:
        """The process runs and its event loop turns."""
        return {"status": "ok"}

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        """It can do its work; where it cannot, `problems` says why."""
        problems = await _problems(database, checks)
        return _answer({"problems": problems}, healthy=not problems)

    @router.get("/health")
    async def health() -> JSONResponse:
        """The state of the process and of each of its parts."""
        problems = await _problems(database, checks)
        parts = {name: problems.get(name, "ok") for name in ("database", *checks)}
        return _answer({"version": version, "parts": parts}, healthy=not problems)


def _add_database(router: APIRouter, database: Database) -> None:
    @router.get("/health/db")
    async def db() -> JSONResponse:
        """The database answers."""
        problem = await _database_problem(database)
        return _answer({"database": problem or "ok", "kind": database.dialect}, healthy=problem is None)

    @router.get("/health/db/connections")
    async def connections() -> JSONResponse:
        """The connection pool."""
        problem = await _database_problem(database)
        return _answer({"connection_pool": database.pool_status()}, healthy=problem is None)


def _add_metrics(router: APIRouter, database: Database) -> None:
    @router.get("/metrics")
    @router.get("/health/metrics")
    async def metrics() -> Response:
        """All metrics, as Prometheus text."""
        _note_pool(database)
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    @router.get("/health/db/metrics")
    async def db_metrics() -> Response:
        """The connection pool's metrics, as Prometheus text."""
        _note_pool(database)
        registry = CollectorRegistry()
        for gauge in (DB_CHECKED_OUT, DB_SIZE, DB_OVERFLOW):
            registry.register(gauge)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _answer(body: dict[str, Any], *, healthy: bool) -> JSONResponse:
    return JSONResponse({"status": "ok" if healthy else "unavailable", **body}, 200 if healthy else 503)


def _note_pool(database: Database) -> None:
    status = database.pool_status()
    DB_CHECKED_OUT.set(status["checked_out"])
    DB_SIZE.set(status["size"])
    DB_OVERFLOW.set(status["overflow"])


async def _problems(database: Database, checks: Mapping[str, Check]) -> dict[str, str]:
    names = ["database", *checks]
    found = await asyncio.gather(_database_problem(database), *(_run(check) for check in checks.values()))
    return {name: problem for name, problem in zip(names, found, strict=True) if problem}


async def _run(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check()
    except Exception as error:  # a check that fails is a problem found
        return f"the check itself failed ({type(error).__name__})"


async def _database_problem(database: Database) -> str | None:
    async def ask(connection: AsyncConnection) -> None:
        await connection.execute(text("SELECT 1"))

    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await database.read(ask)
    except DatabaseUnavailableError as error:
        return str(error)
    except TimeoutError:
        return f"the database did not answer within {CHECK_TIMEOUT_S:.0f} s"
    return database.refusal()
