"""The description of the REST API, as OpenAPI 3.1: what it serves, and what `docs/openapi.json` holds."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.openapi.utils import get_openapi
from starlette.responses import JSONResponse, Response

from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.problems import MEDIA_TYPE, ProblemRoute

PATH = "/api/v1/openapi.json"
_ABOUT = (
    "Every request needs a key: `Authorization: Bearer sb_…`, made by `supportbot keys create`, or the access token of "
    "an operator's sign-in (`/api/v1/auth/token`), who may do what their role allows. Errors are problems as "
    "RFC 9457 has them, in the language that `Accept-Language` asks for (en, ru); `code` tells them apart. "
    "Every answer says in `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` how many requests are left in "
    "this minute."
)


def describe(routers: Sequence[APIRouter]) -> dict[str, Any]:
    """The document about these routes."""
    routes = [route for router in routers for route in router.routes]
    document = get_openapi(title="supportbot", version="1", description=_ABOUT, routes=routes)
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        for answer in operation["responses"].values():
            _as_problem(answer.get("content", {}))
    return document


def _as_problem(content: dict[str, Any]) -> None:
    """FastAPI describes every model as plain JSON."""
    if MEDIA_TYPE in content:
        content[MEDIA_TYPE] = content.pop("application/json")


def description_router(guard: KeyGuard, described: Sequence[APIRouter]) -> APIRouter:
    """A route that serves the document, to whoever has any key."""
    router = APIRouter(route_class=ProblemRoute, dependencies=[Depends(guard.demand())], include_in_schema=False)
    made: dict[str, Any] = {}

    async def show() -> Response:
        if not made:
            made.update(describe(described))
        return JSONResponse(made)

    router.add_api_route(PATH, show, methods=["GET"])
    return router
