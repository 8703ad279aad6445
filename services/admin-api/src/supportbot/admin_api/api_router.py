"""What all routers of the REST API have in common: who is let in, errors as problems, pages."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from supportbot.admin_api.access.roles import Area
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.problems import ProblemRoute, operation_of, problems

PAGE: Final = 50
PAGE_MOST: Final = 200
After = Annotated[UUID | None, Query(description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=PAGE_MOST)]


def guarded_router(path: str, guard: KeyGuard, area: Area, *, tag: str = "") -> APIRouter:
    """A router whose every route demands somebody allowed this, and answers with a problem where something is wrong.

    In the description they stand under `tag`, else under their area.
    """
    return APIRouter(
        prefix=path,
        route_class=ProblemRoute,
        dependencies=[Depends(guard.demand(area))],
        tags=[tag or area.replace("_", " ")],
        responses=problems(401, 403, 422, 429, 503),
        generate_unique_id_function=operation_of,
    )
