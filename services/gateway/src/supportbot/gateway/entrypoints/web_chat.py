"""The web chat's routes: the page, what visitors send, and the stream of what they get."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from supportbot.common.bus.port import Bus
from supportbot.common.cache.port import Cache
from supportbot.common.database.people_there import PeopleThere
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.files.port import Files, FilesUnavailableError
from supportbot.common.i18n import translate
from supportbot.common.lifecycle import Loops
from supportbot.common.plain_text import TEXT_LIMIT, clean_text
from supportbot.common.telemetry.logging import logger
from supportbot.common.web.body import BodyTooLargeError, read_fields
from supportbot.common.web.doorbell import Doorbell
from supportbot.common.web.origin import from_own_page, is_local_viewer
from supportbot.common.web.routes import add_routes
from supportbot.common.web.security import PAGE_HEADERS
from supportbot.common.web.sent_files import FileNotToBeHadError, SentFiles, UnknownFileError
from supportbot.gateway.domain.timeline import Conversation, Cursor, Standing
from supportbot.gateway.entrypoints.open_pages import OpenPages
from supportbot.gateway.entrypoints.web_bell import ring_on_events
from supportbot.gateway.entrypoints.web_events import StreamLimits, WebEvents
from supportbot.gateway.entrypoints.web_pages import ChatPage, Draft, WebPages
from supportbot.gateway.entrypoints.web_visitor import Visitor, recognise, remember, remote_address
from supportbot.gateway.metrics import OVER_LIMIT
from supportbot.gateway.use_cases.give_feedback import UnknownReplyError, give_feedback
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts
from supportbot.gateway.use_cases.read_conversation import advance, read_conversation
from supportbot.gateway.use_cases.store_web_message import (
    EmptyTextError,
    ReusedClientIdError,
    TextTooLongError,
    WebMessage,
    store_web_message,
)
from supportbot.gateway.web_ports import WebConversations

_log = logger(__name__)
BODY_LIMIT = 64 * 1024
SHOWN = 60
SHOWN_MOST = 1000
CLIENT_ID_LIMIT = 128
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class WebChatDependencies:
    """What the web chat is made of."""

    database: Database
    bus: Bus
    conversations: WebConversations
    cache: Cache
    files: Files
    """Where contents are of files that people of the team send, as far as Telegram does not keep them."""
    company: str = ""
    default_company: Mapping[str, str] = field(default_factory=dict)
    """By language, the name that stands there where no company is named."""
    starters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By language, the questions that someone new may tap; three are shown."""
    people: PeopleThere = field(default_factory=PeopleThere)
    inbox_path: str = ""
    """Where the inbox is, if this process serves it too."""
    messages_per_minute: int = 20
    messages_per_address: int = 120
    """A minute, from all visitors at one address: who drops the cookie is a new visitor."""
    streams: StreamLimits = field(default_factory=StreamLimits)
    drafts: LiveDrafts = field(default_factory=LiveDrafts)
    """What is being written; heard from its start to its stop."""


class Problem(Exception):  # noqa: N818  # it is what the visitor reads, not an error of ours
    """Why something was not done, as the catalogue's key."""

    def __init__(self, status: int, code: str, **values: int) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.values = values

    def text(self, language: str) -> str:
        """The reason in words."""
        return translate(f"chat.problem.{self.code}", language, **self.values)


class WebChat:
    """The router, and the live events behind it. `start` listens to the bus; `stop` ends all streams at once."""

    def __init__(self, dependencies: WebChatDependencies) -> None:
        self._database = dependencies.database
        self._conversations = dependencies.conversations
        self._inbox_path = dependencies.inbox_path
        self._pages = WebPages(
            dependencies.company, dependencies.default_company, dependencies.starters, dependencies.people
        )
        self._cache = dependencies.cache
        self._files = SentFiles(dependencies.database, dependencies.files)
        self._per_visitor = dependencies.messages_per_minute
        self._per_address = dependencies.messages_per_address
        self._bus = dependencies.bus
        self._bell = Doorbell()
        self._open_pages = OpenPages(self._conversations, self._bell)
        self._drafts = dependencies.drafts
        self._drafts.tell(self._bell.ring)
        self._events = WebEvents(
            self._conversations, self._pages, self._bell, self._open_pages, dependencies.streams, self._drafts
        )
        self._loops = Loops()
        self._unlisten: Callable[[], None] = _nothing
        self._unlisten_drafts: Callable[[], None] = _nothing
        self.router = self._routes()

    def start(self) -> None:
        """Begin to hear live events."""
        self._unlisten = ring_on_events(self._bus, self._bell)
        self._unlisten_drafts = self._drafts.listen(self._bus)
        self._loops.start("look for open pages", self._open_pages.look_forever)

    async def stop(self) -> None:
        """End every open stream, so that the server can stop."""
        self._unlisten()
        self._unlisten_drafts()
        self._bell.close()
        await self._loops.stop()

    def _routes(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/", self.show, methods=["GET"])
        router.add_api_route("/chat/messages", self.send, methods=["POST"])
        router.add_api_route("/chat/person", self.call_person, methods=["POST"])
        router.add_api_route("/chat/feedback", self.rate, methods=["POST"])
        router.add_api_route("/chat/events", self.stream, methods=["GET"])
        router.add_api_route("/chat/passages/{reply_key}/{number}", self.passage, methods=["GET"])
        router.add_api_route("/chat/files/{reply_key}", self.file, methods=["GET"])
        add_routes(router, self._pages.assets.router)
        return router

    async def show(self, request: Request) -> Response:
        """The page with the conversation so far."""
        return await self._page(request, recognise(request))

    async def send(self, request: Request) -> Response:
        """Store a question."""
        visitor = recognise(request)
        fields: dict[str, str] = {}
        try:
            fields = await self._accepted(request)
            return await self._stored(request, visitor, fields, asks_for_person=False)
        except Problem as problem:
            return await self._refused(request, visitor, problem, fields.get("text", ""))

    async def call_person(self, request: Request) -> Response:
        """Store the wish for a person; it goes through turns like any message."""
        visitor = recognise(request)
        try:
            fields = await self._accepted(request)
            return await self._stored(request, visitor, fields, asks_for_person=True)
        except Problem as problem:
            return await self._refused(request, visitor, problem)

    async def rate(self, request: Request) -> Response:
        """Store whether an answer helped."""
        visitor = recognise(request)
        try:
            fields = await self._accepted(request)
            reply_key = fields.get("reply_key", "")
            await self._voted(visitor, reply_key, fields.get("vote", ""))
        except Problem as problem:
            return await self._refused(request, visitor, problem)
        if _wants_page(request):
            return RedirectResponse(f"/#r{reply_key.split(':')[1]}", status_code=303)
        return JSONResponse({"ok": True})

    async def stream(self, request: Request) -> Response:
        """Messages, replies and states as they come."""
        return await self._events.open(request, recognise(request))

    async def passage(self, request: Request, reply_key: str, number: str) -> Response:
        """A source of a reply with the passage around its quote, as a page or as a piece of one."""
        visitor = recognise(request)
        place = int(number) if number.isascii() and number.isdecimal() and len(number) <= 3 else 0  # noqa: PLR2004
        opened = await self._conversations.opened_source(visitor.chat, clean_text(reply_key), place)
        if opened is None:
            return await self._refused(request, visitor, Problem(404, "unknown_source"))
        whole = request.headers.get("x-piece") is None
        headers = {**PAGE_HEADERS, "Vary": "X-Piece"}
        return HTMLResponse(self._pages.source(opened, visitor.language, whole_page=whole), headers=headers)

    async def file(self, request: Request, reply_key: str) -> Response:
        """A file that a person of the team sent."""
        visitor, missing = recognise(request), Problem(404, "unknown_file")
        try:
            found = await self._conversations.sent_file(visitor.chat, clean_text(reply_key))
            if found is None:
                return await self._refused(request, visitor, missing)
            return (await self._files.open(*found)).response()
        except (UnknownFileError, FileNotToBeHadError) as error:
            is_away = isinstance(error, FileNotToBeHadError) and error.problem == "unavailable"
            return await self._refused(request, visitor, Problem(503, "unavailable") if is_away else missing)
        except (FilesUnavailableError, DatabaseUnavailableError):
            return await self._refused(request, visitor, Problem(503, "unavailable"))

    async def _accepted(self, request: Request) -> dict[str, str]:
        if not from_own_page(request):
            raise Problem(403, "elsewhere")
        try:
            return await read_fields(request, BODY_LIMIT)
        except BodyTooLargeError as error:
            raise Problem(413, "too_large") from error

    async def _stored(
        self, request: Request, visitor: Visitor, fields: Mapping[str, str], *, asks_for_person: bool
    ) -> Response:
        await self._limit(visitor, remote_address(request))
        client_id = fields.get("client_id", "")[:CLIENT_ID_LIMIT] or secrets.token_hex(16)
        message = WebMessage(visitor.chat, client_id, fields.get("text", ""), visitor.language, asks_for_person)
        seq = await self._store(message)
        self._bell.ring(visitor.chat)
        answer: Response = JSONResponse({"seq": seq}, status_code=202)
        if _wants_page(request):
            answer = RedirectResponse("/#latest", status_code=303)
        remember(request, answer, visitor)
        return answer

    async def _limit(self, visitor: Visitor, address: str) -> None:
        given = await self._cache.allow(f"web:{visitor.chat}", self._per_visitor, MINUTE_S)
        if given.allowed and address:
            given = await self._cache.allow(f"address:{address}", self._per_address, MINUTE_S)
        if not given.allowed:
            OVER_LIMIT.labels("web").inc()
            raise Problem(429, "too_often", n=int(given.wait_s) + 1)

    async def _store(self, message: WebMessage) -> int:
        try:
            return await store_web_message(self._database, self._conversations, message)
        except EmptyTextError as error:
            raise Problem(422, "empty") from error
        except TextTooLongError as error:
            raise Problem(422, "too_long", limit=TEXT_LIMIT) from error
        except ReusedClientIdError as error:
            raise Problem(409, "reused") from error
        except DatabaseUnavailableError as error:
            _log.warning("A message of the web chat could not be stored; its page says so", error=str(error))
            raise Problem(503, "unavailable") from error

    async def _voted(self, visitor: Visitor, reply_key: str, given: str) -> None:
        vote: Literal[1, -1] | None = {"1": 1, "-1": -1}.get(given)  # type: ignore[assignment]  # as its values say
        if vote is None:
            raise Problem(422, "unknown_reply")
        try:
            await give_feedback(self._database, self._conversations, chat=visitor.chat, reply_key=reply_key, vote=vote)
        except UnknownReplyError as error:
            raise Problem(404, "unknown_reply") from error
        except DatabaseUnavailableError as error:
            raise Problem(503, "unavailable") from error

    async def _refused(self, request: Request, visitor: Visitor, problem: Problem, text: str = "") -> Response:
        headers = {"Retry-After": str(problem.values["n"])} if "n" in problem.values else {}
        if not _wants_page(request):
            body = {"error": {"code": problem.code, "message": problem.text(visitor.language)}}
            return JSONResponse(body, status_code=problem.status, headers=headers)
        draft = Draft(secrets.token_hex(16), text.strip(), problem.text(visitor.language))
        return await self._page(request, visitor, draft, status=problem.status, headers=headers)

    async def _page(
        self,
        request: Request,
        visitor: Visitor,
        draft: Draft | None = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        shown = _shown(request)
        trouble = False
        try:
            conversation = await read_conversation(self._conversations, visitor.chat, shown)
        except DatabaseUnavailableError:
            conversation, trouble, status = Conversation(Standing()), True, 503
        cursor = Cursor()
        for entry in conversation.entries:
            cursor = advance(cursor, entry)
        inbox = self._inbox_path if is_local_viewer(request) else ""
        page = ChatPage(
            conversation, cursor, draft or Draft(secrets.token_hex(16)), min(shown + 200, SHOWN_MOST), inbox, trouble
        )
        html = self._pages.chat(page, visitor.language)
        answer = HTMLResponse(html, status_code=status, headers={**PAGE_HEADERS, **(headers or {})})
        remember(request, answer, visitor)
        return answer


def _nothing() -> None:
    """There is nothing to end before the start."""


def _wants_page(request: Request) -> bool:
    """Whether a form was sent by a browser without our script."""
    return "text/html" in request.headers.get("accept", "")


def _shown(request: Request) -> int:
    """How many entries the page was asked for."""
    asked = request.query_params.get("show", "")
    plain = asked.isascii() and asked.isdecimal() and len(asked) <= len(str(SHOWN_MOST))
    return max(SHOWN, min(int(asked), SHOWN_MOST)) if plain else SHOWN
