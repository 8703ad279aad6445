"""The inbox's routes: pages, what operators send, and the stream that keeps an open inbox current."""

import secrets
from dataclasses import dataclass
from typing import cast, get_args
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from supportbot.admin_api.access.forms import fields_of
from supportbot.admin_api.access.recognising import Caller
from supportbot.admin_api.guard import PageGuard, anyone
from supportbot.admin_api.inbox.events import InboxEvents
from supportbot.admin_api.inbox.pages import Draft, InboxPages, Reader
from supportbot.admin_api.inbox.repository import InboxRepository
from supportbot.admin_api.inbox.schemas import View
from supportbot.admin_api.inbox.service import (
    Change,
    EmptyReplyError,
    InboxService,
    ReplyTooLongError,
    UnknownConversationError,
)
from supportbot.admin_api.page_route import PageRoute, wants_page
from supportbot.admin_api.rendering import page_response
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.i18n import translate
from supportbot.common.ids import ConversationId
from supportbot.common.plain_text import TEXT_LIMIT
from supportbot.common.web.body import BodyTooLargeError
from supportbot.common.web.language import reader_language
from supportbot.common.web.security import PAGE_HEADERS

SHOWN = 200
_SEQ_DIGITS = 9


@dataclass(frozen=True, slots=True)
class InboxEndpoints:
    """Routes under `/inbox`, all behind the one guard."""

    repository: InboxRepository
    service: InboxService
    pages: InboxPages
    events: InboxEvents
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes with their static files."""
        router = APIRouter(include_in_schema=False)
        if not self.pages.rendering.chat_path:  # nothing else in this process has a first page
            router.add_api_route("/", self.show_first_page, methods=["GET"], dependencies=[Depends(anyone)])
        demands = [Depends(self.guard.demand("inbox"))]
        guarded = APIRouter(prefix="/inbox", dependencies=demands, route_class=PageRoute)
        guarded.add_api_route("", self.show_list, methods=["GET"])
        guarded.add_api_route("/events", self.stream, methods=["GET"])
        guarded.add_api_route("/{conversation_id}", self.show, methods=["GET"])
        guarded.add_api_route("/{conversation_id}/reply", self.reply, methods=["POST"])
        guarded.add_api_route("/{conversation_id}/note", self.note, methods=["POST"])
        guarded.add_api_route("/{conversation_id}/{change}", self.change, methods=["POST"])
        router.include_router(guarded)
        router.include_router(self.pages.rendering.assets.router)
        return router

    async def show_first_page(self) -> Response:
        """On to the list."""
        return RedirectResponse("inbox")

    async def show_list(self, request: Request) -> Response:
        """The list, with nothing opened."""
        return await self._page(request, None)

    async def show(self, request: Request, conversation_id: UUID) -> Response:
        """A conversation beside the list."""
        return await self._page(request, ConversationId(conversation_id))

    async def stream(self, request: Request) -> Response:
        """The list and the opened conversation as they change."""
        return self.events.open(_view(request), _opened_id(request), _reader(request))

    async def reply(self, request: Request, conversation_id: UUID) -> Response:
        """Send a person's reply."""
        opened_id = ConversationId(conversation_id)
        try:
            fields = await fields_of(request)
        except BodyTooLargeError:
            return await self._refused(request, opened_id, 413, "too_long")
        seen = fields.get("seen", "")
        text = fields.get("text", "")
        number = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) <= _SEQ_DIGITS else 0
        client_id = fields.get("client_id") or secrets.token_hex(16)
        try:
            await self.service.reply(
                opened_id, text=text, seen=number, client_id=client_id, operator=_reader(request).caller.name
            )
        except EmptyReplyError:
            return await self._refused(request, opened_id, 422, "empty", text)
        except ReplyTooLongError:
            return await self._refused(request, opened_id, 422, "too_long", text)
        except UnknownConversationError:
            return await self._refused(request, None, 404, "gone")
        except DatabaseUnavailableError:
            return await self._refused(request, opened_id, 503, "unavailable", text)
        return self._done(request, opened_id)

    async def note(self, request: Request, conversation_id: UUID) -> Response:
        """Write something down for colleagues alone."""
        opened_id = ConversationId(conversation_id)
        try:
            fields = await fields_of(request)
        except BodyTooLargeError:
            return await self._refused(request, opened_id, 413, "too_long")
        text, client_id = fields.get("text", ""), fields.get("client_id") or secrets.token_hex(16)
        author = _reader(request).caller.name
        try:
            await self.service.note(opened_id, text=text, client_id=client_id, author=author)
        except EmptyReplyError:
            return await self._refused(request, opened_id, 422, "empty", text)
        except ReplyTooLongError:
            return await self._refused(request, opened_id, 422, "too_long", text)
        except UnknownConversationError:
            return await self._refused(request, None, 404, "gone")
        return self._done(request, opened_id)

    async def change(self, request: Request, conversation_id: UUID, change: str) -> Response:
        """Take over, hand back or close."""
        opened_id = ConversationId(conversation_id)
        if change not in get_args(Change):
            return await self._refused(request, opened_id, 404, "gone")
        try:
            await self.service.change(opened_id, cast("Change", change), _reader(request).operator_id)
        except UnknownConversationError:
            return await self._refused(request, None, 404, "gone")
        except DatabaseUnavailableError:
            return await self._refused(request, opened_id, 503, "unavailable")
        return self._done(request, opened_id)

    def _done(self, request: Request, conversation_id: ConversationId) -> Response:
        self.events.ring()
        if wants_page(request):
            return RedirectResponse(f"/inbox/{conversation_id}?view={_view(request)}#newest", status_code=303)
        return JSONResponse({"ok": True})

    async def _refused(
        self, request: Request, conversation_id: ConversationId | None, status: int, code: str, text: str = ""
    ) -> Response:
        problem = translate(f"inbox.problem.{code}", reader_language(request), limit=TEXT_LIMIT)
        if not wants_page(request):
            return JSONResponse({"error": {"code": code, "message": problem}}, status_code=status)
        return await self._page(request, conversation_id, Draft(secrets.token_hex(16), text, problem), status)

    async def _page(
        self, request: Request, conversation_id: ConversationId | None, draft: Draft | None = None, status: int = 200
    ) -> Response:
        reader = _reader(request)
        draft = draft or Draft(secrets.token_hex(16))
        try:
            inbox = await self.repository.inbox(_view(request), reader.operator_id)
            opened = None if conversation_id is None else await self.repository.opened(conversation_id, SHOWN)
        except DatabaseUnavailableError:
            text = translate("inbox.problem.unavailable", reader.language)
            return Response(text, status_code=503, media_type="text/plain", headers=PAGE_HEADERS)
        if conversation_id is not None and opened is None:
            status, draft = 404, Draft(draft.client_id, "", translate("inbox.problem.gone", reader.language))
        if opened is not None and request.headers.get("x-piece") is not None:
            html = self.pages.pane(inbox, opened, draft, reader)
        else:
            html = self.pages.whole(inbox, opened, draft, reader)
        return page_response(request, html, status)


def _reader(request: Request) -> Reader:
    caller: Caller = request.state.caller
    return Reader(caller, reader_language(request))


def _view(request: Request) -> View:
    asked = request.query_params.get("view", "")
    return cast("View", asked) if asked in get_args(View) else "waiting"


def _opened_id(request: Request) -> ConversationId | None:
    try:
        return ConversationId(UUID(request.query_params.get("open", "")))
    except ValueError:
        return None
