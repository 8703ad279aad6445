"""Routes for commands on the same machine: they ask the running process instead of opening its stores."""

import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from supportbot.answerer.domain.answer import Answer, Question
from supportbot.standalone.running import KEY_HEADER
from supportbot.standalone.shapes import answer_shape

IndexPaths = Callable[[list[Path]], AsyncIterator[dict[str, Any]]]


class AskRequest(BaseModel):
    """A question from the command line."""

    question: str


class IndexRequest(BaseModel):
    """Files and folders, as absolute paths on this machine."""

    paths: list[Path]


class VerifyRequest(BaseModel):
    """Whether differences are mended."""

    repair: bool = False


@dataclass(frozen=True)
class Upkeep:
    """What is done with the index on request."""

    verify: Callable[[bool], AsyncIterator[dict[str, Any]]]
    rebuild: Callable[[], AsyncIterator[dict[str, Any]]]


def local_router(
    key: str, ask: Callable[[Question], Awaitable[Answer]], index_paths: IndexPaths, upkeep: Upkeep
) -> APIRouter:
    """The routes, open only to whoever can read the key in the data folder."""
    router = APIRouter(prefix="/local", route_class=_guarded_by(key), include_in_schema=False)

    @router.post("/ask")
    async def ask_question(request: AskRequest) -> dict[str, Any]:
        return answer_shape(await ask(Question(request.question)))

    @router.post("/index")
    async def index(request: IndexRequest) -> StreamingResponse:
        return _streamed(index_paths(request.paths))

    @router.post("/index/verify")
    async def verify(request: VerifyRequest) -> StreamingResponse:
        return _streamed(upkeep.verify(request.repair))

    @router.post("/index/rebuild")
    async def rebuild() -> StreamingResponse:
        return _streamed(upkeep.rebuild())

    return router


def _streamed(told: AsyncIterator[dict[str, Any]]) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        async for one in told:
            yield json.dumps(one, ensure_ascii=False) + "\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")


def _guarded_by(key: str) -> type[APIRoute]:
    class GuardedRoute(APIRoute):
        """Looks at the key before anything of the body is read: a dependency would come after it."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                given = request.headers.get(KEY_HEADER, "")
                if not hmac.compare_digest(given.encode(), key.encode()):
                    raise HTTPException(404)
                return await handle(request)

            return guarded

    return GuardedRoute
