"""What all routers of the REST API have in common: a key with a scope, errors as problems, pages."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.problems import ProblemRoute, operation_of, problems
from supportbot.common.database.api_keys import Scope

PAGE: Final = 50
PAGE_MOST: Final = 200
After = Annotated[UUID | None, Query(description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=PAGE_MOST)]


def guarded_router(path: str, guard: KeyGuard, scope: Scope) -> APIRouter:
    """A router whose every route demands a key with this scope and answers with a problem where something is wrong."""
    return APIRouter(
        prefix=path,
        route_class=ProblemRoute,
        dependencies=[Depends(guard.demand(scope))],
        tags=[scope.replace("_", " ")],
        responses=problems(401, 403, 422, 503),
        generate_unique_id_function=operation_of,
    )
