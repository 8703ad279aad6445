"""Keys by which programs use the API: made, looked at and revoked on a page."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access.audit import note
from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.page_route import page_router, to_page
from supportbot.admin_api.problems import Problem
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering
from supportbot.common.database.api_keys import SCOPES, NoKeyError, Scope, all_keys, create_key, new_key, revoke_key
from supportbot.common.database.transactions import Database, Transaction

PATH: Final = "/inbox/keys"
NAME_MOST: Final = 80


@dataclass(frozen=True, slots=True)
class KeyPages:
    """Routes for administrators."""

    database: Database
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router(PATH, self.guard.demand("keys"))
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.add, methods=["POST"])
        router.add_api_route("/{key_id}/revoke", self.revoke, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """Those that are good, then those that were."""
        return await self._page(request)

    async def add(self, request: Request) -> Response:
        """Make a key; it is shown once."""
        fields = await form_of(request)
        name = " ".join(fields.get("name", "").split())
        scopes = [scope for scope in SCOPES if fields.get(f"scope_{scope}")]
        if not 0 < len(name) <= NAME_MOST or not name.isprintable():
            return await self._page(request, Refusal("keys.unfit_name", 422), typed=(name, scopes))
        if not scopes:
            return await self._page(request, Refusal("keys.no_scope", 422), typed=(name, scopes))
        key, actor = new_key(), caller_of(request).actor

        async def work(tx: Transaction) -> None:
            key_id = await create_key(tx, key=key, name=name, scopes=scopes)
            await note(tx, actor, "key_added", key_id, {"name": name, "scopes": ", ".join(scopes)})

        await self.database.write(work)
        return await self._page(request, handed=(name, key))

    async def revoke(self, request: Request, key_id: UUID) -> Response:
        """It is worth nothing from the next request on."""
        actor = caller_of(request).actor

        async def work(tx: Transaction) -> None:
            name = await revoke_key(tx, key_id)
            await note(tx, actor, "key_revoked", key_id, {"name": name})

        try:
            await self.database.write(work)
        except NoKeyError as error:
            raise Problem(404, "no_page") from error
        return to_page(f"{PATH}?done=revoked")

    async def _page(
        self,
        request: Request,
        refusal: Refusal = NOTHING,
        *,
        typed: tuple[str, list[Scope]] = ("", []),
        handed: tuple[str, str] | None = None,
    ) -> Response:
        keys = sorted(await self.database.read(all_keys), key=lambda key: key.revoked_at is not None)
        values = {"keys": keys, "scopes": SCOPES, "typed": typed, "handed": handed}
        return self.rendering.page(request, "keys.html", refusal, **values)
