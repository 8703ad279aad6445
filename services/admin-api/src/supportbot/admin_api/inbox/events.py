"""An open inbox's stream: the list when it changes, and a word when the conversation on the screen did."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from sse_starlette import EventSourceResponse, ServerSentEvent

from supportbot.admin_api.access.recognising import Recogniser
from supportbot.admin_api.inbox.pages import InboxPages, Reader
from supportbot.admin_api.inbox.repository import InboxRepository
from supportbot.admin_api.inbox.schemas import Asked, Inbox
from supportbot.common.bus.port import Bus
from supportbot.common.contracts import (
    AnswerReady,
    ConversationClosed,
    EscalationRaised,
    FeedbackGiven,
    MessageEdited,
    OperatorReplied,
    QuestionAsked,
)
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.ids import ConversationId
from supportbot.common.web.doorbell import Doorbell

POLL_S = 2.0
KEEP_ALIVE_S = 15
ANYTHING = "anything"
_HEARD = (
    QuestionAsked,
    MessageEdited,
    AnswerReady,
    EscalationRaised,
    OperatorReplied,
    ConversationClosed,
    FeedbackGiven,
)


def _nothing() -> None:
    """There is nothing to end before the start."""


@dataclass(slots=True)
class InboxEvents:
    """Opens streams, and wakes them at whatever happens in any conversation."""

    repository: InboxRepository
    pages: InboxPages
    bell: Doorbell
    recogniser: Recogniser
    _unlisten: Callable[[], None] = _nothing

    def listen(self, bus: Bus) -> None:
        """Begin to hear live events."""

        async def heard(_event: Event) -> None:
            self.ring()

        self._unlisten = bus.listen(_HEARD, heard)

    def ring(self) -> None:
        """Have every open inbox look again."""
        self.bell.ring(ANYTHING)

    def close(self) -> None:
        """End every open stream, so that the server can stop."""
        self._unlisten()
        self.bell.close()

    def open(self, asked: Asked, conversation_id: ConversationId | None, reader: Reader) -> EventSourceResponse:
        """A stream of the list that was asked for, and of changes to the conversation on the screen."""
        return EventSourceResponse(self._events(asked, conversation_id, reader), ping=KEEP_ALIVE_S, send_timeout=30)

    async def _events(
        self, asked: Asked, conversation_id: ConversationId | None, reader: Reader
    ) -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent(comment="open", retry=2000)
        told: Inbox | None = None
        told_version: str | None = None
        told_writers: Sequence[str] = ()
        with self.bell.listen(ANYTHING) as ear:
            while not self.bell.closed:
                try:
                    if not await self.recogniser.still_holds(reader.caller):
                        return  # whoever was signed out sees nothing more
                    inbox = await self.repository.listed(asked, reader.operator_id)
                    version = await self.repository.version(conversation_id) if conversation_id else None
                    writing = (
                        await self.repository.writers(conversation_id, reader.operator_id) if conversation_id else ()
                    )
                except DatabaseUnavailableError:
                    return  # the browser comes back by itself
                if inbox != told:
                    told = inbox
                    yield self._list_event(inbox, reader)
                if version != told_version:
                    told_version = version
                    yield ServerSentEvent(event="conversation", data=version or "gone")
                if writing != told_writers:
                    told_writers = writing
                    yield ServerSentEvent(event="writing", data=self.pages.writing(writing, reader))
                await ear.wait(POLL_S)

    def _list_event(self, inbox: Inbox, reader: Reader) -> ServerSentEvent:
        data = {"html": self.pages.rows(inbox, reader), "waiting": inbox.waiting}
        return ServerSentEvent(event="list", data=json.dumps(data, ensure_ascii=False))
