"""The inbox's routes: pages, what operators send, and the stream that keeps an open inbox current."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast, get_args
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from supportbot.admin_api.access.forms import fields_of, form_of
from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.guard import PageGuard, anyone
from supportbot.admin_api.inbox.events import InboxEvents
from supportbot.admin_api.inbox.pages import Draft, InboxPages, Reader
from supportbot.admin_api.inbox.receiving_files import FileReceiver
from supportbot.admin_api.inbox.repository import InboxRepository
from supportbot.admin_api.inbox.schemas import Asked, Kept, Opened, View
from supportbot.admin_api.inbox.search import QUERY_CHARACTERS
from supportbot.admin_api.inbox.service import (
    Change,
    EmptyReplyError,
    InboxService,
    ReplyTooLongError,
    ReusedIdError,
    UnknownConversationError,
)
from supportbot.admin_api.inbox.triage import LABEL_CHARACTERS
from supportbot.admin_api.page_route import page_router, wants_page
from supportbot.admin_api.problems import Problem
from supportbot.admin_api.rendering import page_response
from supportbot.admin_api.theme import reader_theme
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.i18n import translate
from supportbot.common.ids import ConversationId
from supportbot.common.plain_text import TEXT_LIMIT, clean_text
from supportbot.common.web.body import BodyTooLargeError
from supportbot.common.web.language import reader_language
from supportbot.common.web.routes import add_routes
from supportbot.common.web.security import PAGE_HEADERS

SHOWN = 200
_SEQ_DIGITS = 9
_REFUSED: Final[Mapping[type[Exception], tuple[int, str]]] = {
    EmptyReplyError: (422, "empty"),
    ReplyTooLongError: (422, "too_long"),
    ReusedIdError: (409, "sent_before"),
    DatabaseUnavailableError: (503, "unavailable"),
}


@dataclass(frozen=True, slots=True)
class InboxEndpoints:
    """Routes under `/inbox`, all behind the one guard."""

    repository: InboxRepository
    service: InboxService
    pages: InboxPages
    events: InboxEvents
    receiver: FileReceiver
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes with their static files."""
        router = APIRouter(include_in_schema=False)
        if not self.pages.rendering.chat_path:  # nothing else in this process has a first page
            router.add_api_route("/", self.show_first_page, methods=["GET"], dependencies=[Depends(anyone)])
        guarded = page_router("/inbox", self.guard.demand("inbox"))
        guarded.add_api_route("", self.show_list, methods=["GET"])
        guarded.add_api_route("/events", self.stream, methods=["GET"])
        guarded.add_api_route("/{conversation_id}", self.show, methods=["GET"])
        guarded.add_api_route("/{conversation_id}/reply", self.reply, methods=["POST"])
        guarded.add_api_route("/{conversation_id}/file", self.send_file, methods=["POST"])
        guarded.add_api_route("/{conversation_id}/note", self.note, methods=["POST"])
        guarded.add_api_route("/{conversation_id}/draft", self.keep_draft, methods=["POST"])
        guarded.add_api_route("/{conversation_id}/{change}", self.change, methods=["POST"])
        nowhere = page_router("/inbox", anyone)
        for path in ("/{conversation_id}/{step}", "/{conversation_id}/{step}/{rest:path}"):
            nowhere.add_api_route(path, self.show_nothing, methods=["GET"])
        add_routes(router, guarded, nowhere, self.pages.rendering.assets.router)
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

    async def show_nothing(self) -> Response:
        """What nobody has a page for; without it the routes of changes would say that GET is not their method."""
        raise Problem(404, "no_page")

    async def stream(self, request: Request) -> Response:
        """The list and the opened conversation as they change."""
        return self.events.open(_asked(request), _opened_id(request), _reader(request))

    async def reply(self, request: Request, conversation_id: UUID) -> Response:
        """Send a person's reply."""
        reader, opened_id = _reader(request), ConversationId(conversation_id)

        async def work(text: str, client_id: str, seen: str) -> None:
            number = _number({"seen": seen})
            by: dict[str, Any] = {"operator": reader.caller.name, "operator_id": reader.operator_id}
            await self.service.reply(opened_id, text=text, seen=number, client_id=client_id, **by)

        return await self._written(request, opened_id, work)

    async def send_file(self, request: Request, conversation_id: UUID) -> Response:
        """Send a file, with or without words; the page's token comes in a header."""
        received, reader = await self.receiver.receive(request), _reader(request)
        fields, opened_id = received.fields, ConversationId(conversation_id)
        by: dict[str, Any] = {"operator": reader.caller.name, "operator_id": reader.operator_id}
        given: dict[str, Any] = {
            "text": fields.get("text", ""),
            "client_id": fields.get("client_id") or secrets.token_hex(16),
        }
        try:
            await self.service.reply(opened_id, **given, seen=_number(fields), file=received.file, **by)
        except UnknownConversationError as error:
            raise Problem(404, "no_conversation") from error
        except (ReplyTooLongError, ReusedIdError) as error:
            status, code = _REFUSED[type(error)]
            return await self._refused(request, opened_id, status, code)
        return self._done(request, opened_id)

    async def note(self, request: Request, conversation_id: UUID) -> Response:
        """Write something down for colleagues alone."""
        reader, opened_id = _reader(request), ConversationId(conversation_id)

        async def work(text: str, client_id: str, _seen: str) -> None:
            by: dict[str, Any] = {"author": reader.caller.name, "operator_id": reader.operator_id}
            await self.service.note(opened_id, text=text, client_id=client_id, **by)

        return await self._written(request, opened_id, work)

    async def _written(
        self, request: Request, opened_id: ConversationId, work: Callable[[str, str, str], Awaitable[None]]
    ) -> Response:
        """What came of something that was written; where it was not taken, the text stays."""
        try:
            fields = await fields_of(request)
        except BodyTooLargeError:
            return await self._refused(request, opened_id, 413, "too_long")
        text, client_id = fields.get("text", ""), fields.get("client_id") or secrets.token_hex(16)
        try:
            await work(text, client_id, fields.get("seen", ""))
        except UnknownConversationError:
            return await self._refused(request, None, 404, "gone")
        except tuple(_REFUSED) as error:
            status, code = _REFUSED[type(error)]
            return await self._refused(request, opened_id, status, code, text)
        return self._done(request, opened_id)

    async def keep_draft(self, request: Request, conversation_id: UUID) -> Response:
        """Keep what was written so far, for whoever has a name; without one the browser alone keeps it."""
        opened_id, fields = ConversationId(conversation_id), await form_of(request)
        operator_id = _reader(request).operator_id
        try:
            if operator_id is not None:
                kept = Kept(fields.get("text", ""), fields.get("note", "") == "1")
                await self.service.keep(opened_id, operator_id, kept)
        except UnknownConversationError:
            return await self._refused(request, None, 404, "gone")
        self.events.ring()
        return JSONResponse({"ok": True})

    async def change(self, request: Request, conversation_id: UUID, change: str) -> Response:
        """Take over, hand back or close."""
        opened_id = ConversationId(conversation_id)
        if change not in get_args(Change):
            return await self._refused(request, opened_id, 404, "gone")
        try:
            reader = _reader(request)
            kind = cast("Change", change)
            await self.service.change(opened_id, kind, reader.caller.actor, operator_id=reader.operator_id)
        except UnknownConversationError:
            return await self._refused(request, None, 404, "gone")
        except DatabaseUnavailableError:
            return await self._refused(request, opened_id, 503, "unavailable")
        return self._done(request, opened_id)

    def _done(self, request: Request, conversation_id: ConversationId) -> Response:
        self.events.ring()
        if wants_page(request):
            return RedirectResponse(f"/inbox/{conversation_id}?{_asked(request).in_url}#newest", status_code=303)
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
        try:
            inbox = await self.repository.listed(_asked(request), reader.operator_id)
            opened = None if conversation_id is None else await self._opened(conversation_id, reader)
        except DatabaseUnavailableError:
            text = translate("inbox.problem.unavailable", reader.language)
            return Response(text, status_code=503, media_type="text/plain", headers=PAGE_HEADERS)
        kept = opened.kept if opened is not None else Kept()
        draft = draft or Draft(secrets.token_hex(16), kept.text, is_note=kept.is_note)
        if conversation_id is not None and opened is None:
            status, draft = 404, Draft(draft.client_id, "", translate("inbox.problem.gone", reader.language))
        piece = request.headers.get("x-piece")
        if piece == "rows":
            html = self.pages.rows(inbox, reader)
        elif opened is not None and piece is not None:
            html = self.pages.pane(inbox, opened, draft, reader)
        else:
            html = self.pages.whole(inbox, opened, draft, reader, reader_theme(request))
        return page_response(request, html, status)

    async def _opened(self, conversation_id: ConversationId, reader: Reader) -> Opened | None:
        return await self.repository.opened(conversation_id, SHOWN, reader.operator_id)


def _number(fields: Mapping[str, str]) -> int:
    """The newest message that was on the screen."""
    seen = fields.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) <= _SEQ_DIGITS else 0


def _reader(request: Request) -> Reader:
    caller = caller_of(request)
    return Reader(caller, reader_language(request))


def _asked(request: Request) -> Asked:
    view, label = request.query_params.get("view", ""), request.query_params.get("label", "")
    query = clean_text(request.query_params.get("q", ""))[:QUERY_CHARACTERS]
    known = cast("View", view) if view in get_args(View) else "waiting"
    return Asked(known, clean_text(label)[:LABEL_CHARACTERS], query)


def _opened_id(request: Request) -> ConversationId | None:
    try:
        return ConversationId(UUID(request.query_params.get("open", "")))
    except ValueError:
        return None
