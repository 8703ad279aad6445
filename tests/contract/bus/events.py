"""Events to send, and a handler that keeps what it gets."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

from supportbot.common.contracts import (
    AnswerProgressed,
    DocumentRemoved,
    DocumentRestricted,
    DocumentUploaded,
    Event,
    FeedbackGiven,
)

QUEUE = "indexer.documents"
QUEUE_EVENTS = (DocumentUploaded, DocumentRemoved, DocumentRestricted)
PATIENCE_S = 40.0


def uploaded(document: str = "returns.md") -> DocumentUploaded:
    return DocumentUploaded(correlation_id=uuid4(), document=document, document_version="1")


def removed(document: str = "returns.md") -> DocumentRemoved:
    return DocumentRemoved(correlation_id=uuid4(), document=document)


def feedback() -> FeedbackGiven:
    """An event that only live views hear: no work queue is declared for it."""
    return FeedbackGiven(correlation_id=uuid4(), conversation_id=uuid4(), reply_key="a:1:0", vote=1)


def draft(number: int) -> AnswerProgressed:
    """A part of an answer, worth something for seconds."""
    return AnswerProgressed(
        correlation_id=uuid4(), conversation_id=uuid4(), turn_to=1, token=uuid4(), number=number, text="You can"
    )


class Recorder:
    """A handler: keeps events, and waits at `gate` where it is closed."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.finished: list[Event] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._changed = asyncio.Condition()

    async def __call__(self, event: Event) -> None:
        self.events.append(event)
        await self._tell()
        await self.gate.wait()
        self.finished.append(event)
        await self._tell()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something about this recorder is so."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(condition)

    async def has(self, *events: Event) -> None:
        """Wait until these events have arrived."""
        wanted = {event.message_id for event in events}
        await self.until(lambda: wanted <= {event.message_id for event in self.events})

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what no event tells of."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  # what is looked at is a state of the broker or of the driver
            await asyncio.sleep(0.05)
