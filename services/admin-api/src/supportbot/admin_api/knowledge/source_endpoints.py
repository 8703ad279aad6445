"""Web pages and sitemaps over REST, under `/api/v1/web-sources`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.api_router import guarded_router
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.knowledge.source_service import SourceService, UnfitAddressError, fit_address
from supportbot.admin_api.live import LivePages
from supportbot.admin_api.problems import Problem, problems
from supportbot.common.database.web_sources import SourceState, WebSource
from supportbot.common.web_addresses import LONGEST

PATH: Final = "/api/v1/web-sources"
_EXAMPLE: Final = "https://help.example.com/sitemap.xml"
_Address = Annotated[str, Query(min_length=1, max_length=LONGEST, description="As it is listed", examples=[_EXAMPLE])]
_AT: Final = "2026-03-02T09:15:00Z"


class Source(BaseModel):
    """A page or a sitemap whose pages are documents."""

    address: str = Field(examples=[_EXAMPLE])
    state: SourceState = Field(description="What is done with it, or how the last look ended", examples=["ready"])
    origin: str = Field(description="page, setting (WEB_SOURCES) or command: who named it", examples=["page"])
    added_by: str = Field(examples=["Anna"])
    pages: int = Field(description="Pages that the last look found", examples=[12])
    failed: int = Field(description="Pages that could not be fetched then", examples=[0])
    error: str = Field(description="The first thing that went wrong, in English", examples=[""])
    looked_at: datetime | None = Field(examples=[_AT])
    next_at: datetime = Field(description="When it is looked at again", examples=[_AT])


class SourceList(BaseModel):
    """All of them, by address."""

    items: list[Source]


class SourceToAdd(BaseModel):
    """One to have fetched."""

    model_config = ConfigDict(extra="forbid")
    address: str = Field(
        min_length=1, max_length=LONGEST, description="https is meant where nothing is said", examples=[_EXAMPLE]
    )


@dataclass(frozen=True, slots=True)
class SourceEndpoints:
    """Routes that demand a key with the scope `documents`, or an operator; the indexer fetches, seconds later."""

    service: SourceService
    live: LivePages
    guard: KeyGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = guarded_router(PATH, self.guard, "documents", tag="web sources")
        router.add_api_route("", self.list, methods=["GET"])
        known: dict[int | str, dict[str, object]] = {200: {"model": Source, "description": "It is there already"}}
        router.add_api_route(
            "", self.add, methods=["POST"], status_code=201, response_model=Source, responses={**known}
        )
        more = {"status_code": 202, "response_model": Source}
        router.add_api_route("/refresh", self.refresh, methods=["POST"], responses=problems(404), **more)  # type: ignore[arg-type]  # of two kinds
        router.add_api_route("", self.remove, methods=["DELETE"], responses=problems(404, 409), **more)  # type: ignore[arg-type]
        return router

    async def list(self) -> SourceList:
        """Every one, with how it is."""
        return SourceList(items=[_body(one) for one in await self.service.every()])

    async def add(self, request: Request, new: SourceToAdd) -> Response:
        """Have a page, or all pages of a sitemap, fetched and looked at again from time to time."""
        try:
            address, added = await self.service.add(new.address, caller_of(request).actor)
        except UnfitAddressError as error:
            raise Problem(422, "unfit_address") from error
        return await self._answer(address, 201 if added else 200)

    async def refresh(self, request: Request, address: _Address) -> Response:
        """Have one looked at now."""
        kept = _kept(address)
        if not await self.service.look_again(kept, caller_of(request).actor):
            raise Problem(404, "no_web_source")
        return await self._answer(kept, 202)

    async def remove(self, request: Request, address: _Address) -> Response:
        """Have one disappear with its pages; one of WEB_SOURCES is removed there."""
        kept = _kept(address)
        if not await self.service.remove(kept, caller_of(request).actor):
            found = await self.service.one(kept)
            raise Problem(404, "no_web_source") if found is None or found.removing else Problem(409, "set_elsewhere")
        return await self._answer(kept, 202)

    async def _answer(self, address: str, status: int) -> Response:
        self.live.ring()
        found = await self.service.one(address)
        if found is None:
            raise Problem(404, "no_web_source")
        return JSONResponse(_body(found).model_dump(mode="json"), status, {"Cache-Control": "no-store"})


def _kept(address: str) -> str:
    try:
        return fit_address(address)
    except UnfitAddressError as error:
        raise Problem(404, "no_web_source") from error


def _body(one: WebSource) -> Source:
    return Source(
        address=one.address,
        state=one.state,
        origin=one.origin,
        added_by=one.added_by,
        pages=one.pages,
        failed=one.failed,
        error=one.error,
        looked_at=one.looked_at,
        next_at=one.next_at,
    )
