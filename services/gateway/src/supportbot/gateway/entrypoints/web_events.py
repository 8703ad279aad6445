"""The open page's stream: new messages and replies, and who answers, as they come."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.web.doorbell import Doorbell, Listener
from supportbot.gateway.domain.timeline import Asked, Cursor, Entry, Standing
from supportbot.gateway.entrypoints.open_pages import OpenPage, OpenPages
from supportbot.gateway.entrypoints.web_pages import WebPages
from supportbot.gateway.entrypoints.web_visitor import Visitor
from supportbot.gateway.use_cases.read_conversation import advance
from supportbot.gateway.web_ports import WebConversations

KEEP_ALIVE_S = 15
RETRY_MS = 2000
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class WebEvents:
    """Opens streams, a limited number for each visitor."""

    conversations: WebConversations
    pages: WebPages
    bell: Doorbell
    open_pages: OpenPages
    streams_per_visitor: int

    async def open(self, request: Request, visitor: Visitor) -> Response:
        """A stream of what comes after the page's cursor."""
        if visitor.is_new:
            return Response(status_code=204)  # who keeps no cookie has no conversation; 204 ends the browser's attempts
        if self.open_pages.count(visitor.chat) >= self.streams_per_visitor:
            return Response("Too many open pages", status_code=429, headers={"Retry-After": "30"})
        given = request.headers.get("last-event-id") or request.query_params.get("after", "")
        return EventSourceResponse(self._counted(visitor, given), ping=KEEP_ALIVE_S, send_timeout=30)

    async def _counted(self, visitor: Visitor, given: str) -> AsyncIterator[bytes]:
        try:
            with self.open_pages.opened(visitor.chat) as page, self.bell.listen(visitor.chat) as ear:
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
        told = ""
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
