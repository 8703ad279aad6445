"""The page of ready-made replies, and the list from which one is put into a reply."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.canned.service import NAME_CHARACTERS, TEXT_CHARACTERS, CannedService, UnfitCannedError
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.inbox.repository import InboxRepository
from supportbot.admin_api.page_route import page_router, to_page
from supportbot.admin_api.problems import Problem
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering
from supportbot.common.canned_text import VARIABLES, first_name
from supportbot.common.ids import ConversationId

PATH: Final = "/inbox/canned"


@dataclass(frozen=True, slots=True)
class CannedPages:
    """Routes for whoever may reply."""

    service: CannedService
    conversations: InboxRepository
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router("", self.guard.demand("inbox"))
        router.add_api_route(PATH, self.show, methods=["GET"])
        router.add_api_route(PATH, self.keep, methods=["POST"])
        router.add_api_route(f"{PATH}/remove", self.remove, methods=["POST"])
        router.add_api_route("/inbox/{conversation_id}/canned", self.show_filled, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        """All of them, and a form for a new one."""
        return await self._page(request)

    async def keep(self, request: Request) -> Response:
        """Keep a new one, or a changed one."""
        fields = await form_of(request)
        name, text, before = fields.get("name", ""), fields.get("text", ""), fields.get("before", "")
        try:
            await self.service.keep(caller_of(request).actor, name, text, before=before)
        except UnfitCannedError:
            typed = {"name": name, "text": text, "before": before}
            return await self._page(request, Refusal("canned.unfit", 422), typed)
        return to_page(f"{PATH}?done=kept")

    async def remove(self, request: Request) -> Response:
        """Remove one."""
        await self.service.remove(caller_of(request).actor, (await form_of(request)).get("name", ""))
        return to_page(f"{PATH}?done=removed")

    async def show_filled(self, request: Request, conversation_id: UUID) -> Response:
        """Those for the reply box of a conversation, as they would be sent."""
        user_name = await self.conversations.user_name(ConversationId(conversation_id))
        if user_name is None:
            raise Problem(404, "no_conversation")
        found = await self.service.filled(name=first_name(user_name), operator=caller_of(request).name)
        replies = [{"name": one.name, "text": one.text} for one in found]
        return JSONResponse({"replies": replies}, headers={"Cache-Control": "no-store"})

    async def _page(
        self, request: Request, refusal: Refusal = NOTHING, typed: dict[str, str] | None = None
    ) -> Response:
        values = {
            "replies": await self.service.every(),
            "typed": typed or {"name": "", "text": "", "before": ""},
            "variables": VARIABLES,
            "limits": {"name": NAME_CHARACTERS, "text": TEXT_CHARACTERS},
        }
        return self.rendering.page(request, "canned.html", refusal, **values)
