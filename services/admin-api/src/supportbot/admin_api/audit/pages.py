"""The audit log as a page."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.audit.repository import AuditRepository
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.page_route import page_router
from supportbot.admin_api.rendering import NOTHING, Rendering

SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class AuditPages:
    """A route for administrators."""

    repository: AuditRepository
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The route."""
        router = page_router("", self.guard.demand("audit"))
        router.add_api_route("/inbox/audit", self.show, methods=["GET"])
        return router

    async def show(self, request: Request, after: UUID | None = None) -> Response:
        """A page of entries, newest first."""
        found = await self.repository.page(after, SHOWN + 1)
        following = found[SHOWN - 1].id if len(found) > SHOWN else None
        return self.rendering.page(request, "audit.html", NOTHING, entries=found[:SHOWN], following=following)
