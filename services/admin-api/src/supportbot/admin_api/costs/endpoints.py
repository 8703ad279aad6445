"""The route of costs, `/api/v1/costs`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from supportbot.admin_api.api_router import guarded_router
from supportbot.admin_api.costs.repository import CostRepository
from supportbot.admin_api.costs.schemas import By, Costs
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.problems import Problem

PATH = "/api/v1/costs"
DAYS = 30
LINES = 100
LINES_MOST = 1000
_By = Annotated[By, Query(description="What to sum up by")]
_Since = Annotated[date | None, Query(description="The first day, in UTC; 30 days ago where it is not given")]
_Until = Annotated[date | None, Query(description="The last day, in UTC; today where it is not given")]
_Limit = Annotated[int, Query(ge=1, le=LINES_MOST)]


@dataclass(frozen=True, slots=True)
class CostEndpoints:
    """A route that demands a key with the scope `costs`."""

    repository: CostRepository
    guard: KeyGuard

    def router(self) -> APIRouter:
        """The route."""
        router = guarded_router(PATH, self.guard, "costs")
        router.add_api_route("", self.show, methods=["GET"])
        return router

    async def show(
        self, *, by: _By = "day", since: _Since = None, until: _Until = None, limit: _Limit = LINES
    ) -> Costs:
        """What was paid to models, by day, stage, model, person or question."""
        last = until or datetime.now(UTC).date()
        first = since or max(last, date.min + timedelta(days=DAYS)) - timedelta(days=DAYS)
        if not date(1970, 1, 1) <= first <= last <= date(9998, 12, 31):
            raise Problem(422, "invalid", name="since")
        return await self.repository.sums(by=by, since=first, until=last, limit=limit)
