"""Every route of the admin API, and what it declares about who may use it."""

import re
from collections.abc import Iterator

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount

from supportbot.common.ids import uuid7

_FASTAPI = {"openapi", "swagger_ui_html", "swagger_ui_redirect", "redoc_html"}
"""What a bare FastAPI adds; the product's applications switch it off."""


def served(app: FastAPI) -> Iterator[tuple[str, set[str], BaseRoute]]:
    """Path, methods and route, also inside of included routers."""
    own = [route for route in app.routes if getattr(route, "name", "") not in _FASTAPI]
    for route in _routes(own):
        assert not isinstance(route, Mount), "a mounted application has to be looked into as well"
        yield route.path, set(getattr(route, "methods", None) or {"GET"}), route  # type: ignore[attr-defined]


def guards(route: BaseRoute) -> list[object]:
    """Everything that a route depends on."""
    return list(_guards(route.dependant)) if isinstance(route, APIRoute) else []


def filled(path: str) -> str:
    """The path with an id in it that is nobody's."""
    return re.sub(r"{[^}]*}", str(uuid7()), path)


def _guards(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for dependency in dependant.dependencies:
        yield from _guards(dependency)


def _routes(routes: list[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "router", None)
        if isinstance(inner, APIRouter):
            yield from _routes(inner.routes)
        else:
            yield route
