"""The audit log over REST, under `/api/v1/audit`."""

from dataclasses import asdict, dataclass
from typing import Final

from fastapi import APIRouter

from supportbot.admin_api.api_router import PAGE, After, Limit, guarded_router
from supportbot.admin_api.audit.repository import AuditRepository
from supportbot.admin_api.audit.schemas import AuditEntry, AuditPage
from supportbot.admin_api.key_guard import KeyGuard

PATH: Final = "/api/v1/audit"


@dataclass(frozen=True, slots=True)
class AuditEndpoints:
    """A route for administrators."""

    repository: AuditRepository
    guard: KeyGuard

    def router(self) -> APIRouter:
        """The route."""
        router = guarded_router(PATH, self.guard, "audit")
        router.add_api_route("", self.show_page, methods=["GET"])
        return router

    async def show_page(self, after: After = None, limit: Limit = PAGE) -> AuditPage:
        """Who did what, newest first."""
        found = await self.repository.page(after, limit + 1)
        following = found[limit - 1].id if len(found) > limit else None
        return AuditPage(entries=[AuditEntry(**asdict(entry)) for entry in found[:limit]], next=following)
