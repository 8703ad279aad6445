"""The page of web pages and sitemaps whose pages are documents."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access.audit import note
from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.recognising import Caller
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.live import LivePages
from supportbot.admin_api.page_route import PageRoute, to_page
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.database.web_sources import add_source, ask_again, every_source, remove_source
from supportbot.common.files.refusals import told
from supportbot.common.web.language import reader_language
from supportbot.common.web_addresses import LONGEST, canonical_address

PATH: Final = "/inbox/knowledge/web"
_LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class SourcePages:
    """Routes for whoever may see documents, and change them; the indexer fetches, seconds later."""

    database: Database
    live: LivePages
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        demands = [Depends(self.guard.demand("documents"))]
        router = APIRouter(prefix=PATH, include_in_schema=False, route_class=PageRoute, dependencies=demands)
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
        caller: Caller = request.state.caller

        async def look() -> Mapping[str, str]:
            values = await self._values(request)
            return {"sources": self.rendering.render("sources.html", reader_language(request), caller, **values)}

        return self.live.open(look, caller, every_s=_LOOK_S)

    async def add(self, request: Request) -> Response:
        """Have another one fetched."""
        typed = (await form_of(request)).get("address", "").strip()
        address = canonical_address(typed if "://" in typed else f"https://{typed}")
        if address is None or not typed or len(address) > LONGEST or any(sign.isspace() for sign in typed):
            return await self._page(request, Refusal("web.unfit", 422), typed=typed[:LONGEST])
        actor = self._caller(request).actor
        added = await self._noted(request, "web_source_added", address, lambda tx: _added(tx, address, actor.name))
        return to_page(f"{PATH}?done={'added' if added else 'known'}")

    async def look_again(self, request: Request) -> Response:
        """Have one looked at now."""
        address = (await form_of(request)).get("address", "")
        asked = await self._noted(request, "web_source_refreshed", address, lambda tx: ask_again(tx, address))
        return to_page(f"{PATH}?done={'again' if asked else 'gone'}")

    async def remove(self, request: Request) -> Response:
        """Have one disappear with its pages."""
        address = (await form_of(request)).get("address", "")
        removed = await self._noted(request, "web_source_removed", address, lambda tx: remove_source(tx, address))
        return to_page(f"{PATH}?done={'removed' if removed else 'gone'}")

    async def _noted(
        self, request: Request, action: str, address: str, change: Callable[[Transaction], Awaitable[bool]]
    ) -> bool:
        actor = self._caller(request).actor

        async def work(tx: Transaction) -> bool:
            changed = await change(tx)
            if changed:
                await note(tx, actor, action, address)
            return changed

        changed = await self.database.write(work)
        self.live.ring()
        return changed

    async def _page(self, request: Request, refusal: Refusal = NOTHING, *, typed: str = "") -> Response:
        values = {**await self._values(request), "typed": typed, "longest": LONGEST}
        return self.rendering.page(request, "web.html", refusal, **values)

    async def _values(self, request: Request) -> dict[str, Any]:
        language = reader_language(request)
        sources = await self.database.read(every_source)
        return {"sources": sources, "reason": lambda text: told(text, language)}

    @staticmethod
    def _caller(request: Request) -> Caller:
        caller: Caller = request.state.caller
        return caller


async def _added(tx: Transaction, address: str, by: str) -> bool:
    return await add_source(tx, address, "page", by=by)
