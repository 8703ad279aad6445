"""Open pages kept current: at a ring or after a while their pieces are made anew, and sent where they differ."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sse_starlette import EventSourceResponse, ServerSentEvent

from supportbot.admin_api.access.recognising import Caller, Recogniser
from supportbot.common.bus.port import Bus
from supportbot.common.contracts import (
    AnswerReady,
    DocumentFailed,
    DocumentIndexed,
    DocumentRemoved,
    DocumentRestricted,
    DocumentUploaded,
    EscalationRaised,
    FeedbackGiven,
)
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.web.doorbell import Doorbell

POLL_S: Final = 2.0
KEEP_ALIVE_S: Final = 15
HEARD: Final = (
    DocumentUploaded,
    DocumentIndexed,
    DocumentFailed,
    DocumentRemoved,
    DocumentRestricted,
    AnswerReady,
    EscalationRaised,
    FeedbackGiven,
)
_ANYTHING: Final = "anything"
Pieces = Mapping[str, str]
"""HTML by the id of the element whose content it is."""


def _nothing() -> None:
    """There is nothing to end before the start."""


@dataclass(slots=True)
class LivePages:
    """Opens streams, and wakes them at events of these kinds."""

    recogniser: Recogniser
    heard: tuple[type[Event], ...]
    bell: Doorbell = field(default_factory=Doorbell)
    _unlisten: Callable[[], None] = _nothing

    def listen(self, bus: Bus) -> None:
        """Begin to hear live events."""

        async def ring(_event: Event) -> None:
            self.ring()

        self._unlisten = bus.listen(self.heard, ring)

    def ring(self) -> None:
        """Have every open page look again."""
        self.bell.ring(_ANYTHING)

    def close(self) -> None:
        """End every open stream, so that the server can stop."""
        self._unlisten()
        self.bell.close()

    def open(
        self, look: Callable[[], Awaitable[Pieces]], caller: Caller, *, every_s: float = POLL_S
    ) -> EventSourceResponse:
        """A stream of the pieces that `look` makes, for as long as the caller may see them."""
        return EventSourceResponse(self._events(look, caller, every_s), ping=KEEP_ALIVE_S, send_timeout=30)

    async def _events(
        self, look: Callable[[], Awaitable[Pieces]], caller: Caller, every_s: float
    ) -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent(comment="open", retry=2000)
        told: dict[str, str] = {}
        with self.bell.listen(_ANYTHING) as ear:
            while not self.bell.closed:
                try:
                    if not await self.recogniser.still_holds(caller):
                        return  # whoever was signed out sees nothing more
                    pieces = await look()
                except DatabaseUnavailableError:
                    return  # the browser comes back by itself
                for name, html in pieces.items():
                    if told.get(name) != html:
                        told[name] = html
                        yield _piece(name, html)
                await ear.wait(every_s)


def _piece(name: str, html: str) -> ServerSentEvent:
    return ServerSentEvent(event="piece", data=json.dumps({"id": name, "html": html}, ensure_ascii=False))
