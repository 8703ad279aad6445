"""The page of web pages and sitemaps whose pages are documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.knowledge.source_service import SourceService, UnfitAddressError
from supportbot.admin_api.live import LivePages
from supportbot.admin_api.page_route import page_router, to_page
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering
from supportbot.common.files.refusals import told
from supportbot.common.web.language import reader_language
from supportbot.common.web_addresses import LONGEST

PATH: Final = "/inbox/knowledge/web"
_LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class SourcePages:
    """Routes for whoever may see documents, and change them; the indexer fetches, seconds later."""

    service: SourceService
    live: LivePages
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router(PATH, self.guard.demand("documents"))
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.add, methods=["POST"])
        router.add_api_route("/events", self.stream, methods=["GET"])
        router.add_api_route("/again", self.look_again, methods=["POST"])
        router.add_api_route("/remove", self.remove, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """All of them, and a place to name another."""
        return await self._page(request)

    async def stream(self, request: Request) -> Response:
        """The list, as the work on it goes on."""
        caller = caller_of(request)

        async def look() -> Mapping[str, str]:
            values = await self._values(request)
            return {"sources": self.rendering.render("sources.html", reader_language(request), caller, **values)}

        return self.live.open(look, caller, every_s=_LOOK_S)

    async def add(self, request: Request) -> Response:
        """Have another one fetched."""
        typed = (await form_of(request)).get("address", "").strip()
        try:
            _, added = await self.service.add(typed, caller_of(request).actor)
        except UnfitAddressError:
            return await self._page(request, Refusal("web.unfit", 422), typed=typed[:LONGEST])
        return self._done("added" if added else "known")

    async def look_again(self, request: Request) -> Response:
        """Have one looked at now."""
        address = (await form_of(request)).get("address", "")
        asked = await self.service.look_again(address, caller_of(request).actor)
        return self._done("again" if asked else "gone")

    async def remove(self, request: Request) -> Response:
        """Have one disappear with its pages."""
        address = (await form_of(request)).get("address", "")
        removed = await self.service.remove(address, caller_of(request).actor)
        return self._done("removed" if removed else "gone")

    def _done(self, done: str) -> Response:
        self.live.ring()
        return to_page(f"{PATH}?done={done}")

    async def _page(self, request: Request, refusal: Refusal = NOTHING, *, typed: str = "") -> Response:
        values = {**await self._values(request), "typed": typed, "longest": LONGEST}
        return self.rendering.page(request, "web.html", refusal, **values)

    async def _values(self, request: Request) -> dict[str, Any]:
        language = reader_language(request)
        sources = await self.service.every()
        return {"sources": sources, "reason": lambda text: told(text, language)}
