"""The page of what documents say twice, and of what they say differently."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.documents.finding_store import FindingStore
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.page_route import page_router
from supportbot.admin_api.rendering import NOTHING, Rendering

PATH: Final = "/inbox/knowledge/conflicts"


@dataclass(frozen=True, slots=True)
class ConflictPages:
    """A look over all documents each time that the page is opened; it changes nothing."""

    findings: FindingStore
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The one route."""
        router = page_router(PATH, self.guard.demand("documents"))
        router.add_api_route("", self.show, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        """Contradicting figures first: they are what people get wrong answers from."""
        return self.rendering.page(request, "conflicts.html", NOTHING, found=await self.findings.findings())
