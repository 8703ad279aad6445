"""The open page's stream: new messages and replies, and who answers, as they come."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.web.doorbell import Doorbell, Listener
from supportbot.gateway.domain.timeline import Asked, Cursor, Entry, Standing
from supportbot.gateway.entrypoints.open_pages import OpenPage, OpenPages
from supportbot.gateway.entrypoints.web_pages import WebPages
from supportbot.gateway.entrypoints.web_visitor import Visitor, remote_address
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts
from supportbot.gateway.use_cases.read_conversation import advance
from supportbot.gateway.web_ports import WebConversations

KEEP_ALIVE_S = 15
RETRY_MS = 2000
_DIGITS = 9
_LATER = {"Retry-After": "30"}


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How many streams may be open at once."""

    per_visitor: int = 12
    per_address: int = 100
    in_all: int = 1000


@dataclass(frozen=True, slots=True)
class WebEvents:
    """Opens streams, a limited number of them."""

    conversations: WebConversations
    pages: WebPages
    bell: Doorbell
    open_pages: OpenPages
    limits: StreamLimits
    drafts: LiveDrafts

    async def open(self, request: Request, visitor: Visitor) -> Response:
        """A stream of what comes after the page's cursor."""
        if visitor.is_new:
            return Response(status_code=204)  # who keeps no cookie has no conversation; 204 ends the browser's attempts
        given = request.headers.get("last-event-id") or request.query_params.get("after", "")
        return CountedStream(self, visitor, remote_address(request), given)

    def refusal(self, visitor: Visitor, address: str) -> Response | None:
        """Why there is no room for one more stream, if so; the page comes back by itself."""
        if self.open_pages.total >= self.limits.in_all:
            return Response("All connections are in use", status_code=503, headers=_LATER)
        if address and self.open_pages.count_from(address) >= self.limits.per_address:
            return Response("Too many open pages at this address", status_code=429, headers=_LATER)
        if self.open_pages.count(visitor.chat) >= self.limits.per_visitor:
            return Response("Too many open pages", status_code=429, headers=_LATER)
        return None

    async def sent(self, visitor: Visitor, given: str, page: OpenPage) -> AsyncIterator[bytes]:
        """The stream of a page that has been counted."""
        try:
            with self.bell.listen(visitor.chat) as ear:
                async for events in self._events(visitor, given, page, ear):
                    yield b"".join(event.encode() for event in events)
        except DatabaseUnavailableError:
            return  # the browser comes back by itself

    async def _events(
        self, visitor: Visitor, given: str, page: OpenPage, ear: Listener
    ) -> AsyncIterator[list[ServerSentEvent]]:
        """What is sent at once."""
        yield [ServerSentEvent(comment="open", retry=RETRY_MS)]
        cursor = read_cursor(given, await self.conversations.standing(visitor.chat))
        told = written = ""
        while not self.bell.closed:
            standing, entries = await self.conversations.news(visitor.chat, cursor)
            page.told = standing
            if standing.conversation_id is not None:
                ear.add(standing.conversation_id)
            events = []
            for entry in entries:
                cursor = advance(cursor, entry)
                events.append(self._entry_event(entry, cursor, visitor.language))
            state = self._state(standing, visitor.language)
            if state != told:
                told = state
                events.append(ServerSentEvent(event="state", data=state))
            draft = self.drafts.of(standing.conversation_id, standing.done_seq)
            if draft != written:
                written = draft
                events.append(ServerSentEvent(event="draft", data=json.dumps({"text": draft}, ensure_ascii=False)))
            if events:
                yield events
            if not (entries and cursor.is_behind(standing)):
                await ear.wait()

    def _entry_event(self, entry: Entry, cursor: Cursor, language: str) -> ServerSentEvent:
        data = {"html": self.pages.entry(entry, language), "cursor": str(cursor)}
        if isinstance(entry, Asked):
            data |= {"author": "visitor", "seq": str(entry.seq)}
        else:
            data |= {"author": entry.author, "out": str(entry.out_seq)}
        return ServerSentEvent(event="entry", id=str(cursor), data=json.dumps(data, ensure_ascii=False))

    def _state(self, standing: Standing, language: str) -> str:
        text, person = self.pages.state(standing, language), self.pages.call(standing, language)
        return json.dumps({"state": standing.state, "text": text, "person": person}, ensure_ascii=False)


class CountedStream(Response):
    """A stream that is counted before its first byte, and until nobody is there to read it."""

    def __init__(self, events: WebEvents, visitor: Visitor, address: str, given: str) -> None:
        super().__init__()
        self._events = events
        self._visitor = visitor
        self._address = address
        self._given = given

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._events.refusal(self._visitor, self._address)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        with self._events.open_pages.opened(self._visitor.chat, self._address) as page:
            stream = self._events.sent(self._visitor, self._given, page)
            await EventSourceResponse(stream, ping=KEEP_ALIVE_S, send_timeout=30)(scope, receive, send)


def read_cursor(given: str, standing: Standing) -> Cursor:
    """A cursor as `replies.messages`, or the number of the newest reply alone; anything else means from now on.

    It is never ahead of the conversation: a page from before a restored backup would wait for ever.
    """
    out_seq, dot, seq = given.partition(".")
    if not _is_number(out_seq) or (dot and not _is_number(seq)):
        return Cursor(standing.last_seq, standing.out_seq)
    seen = int(seq) if dot else standing.last_seq
    return Cursor(min(seen, standing.last_seq), min(int(out_seq), standing.out_seq))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS
