"""Every exchange, queue and binding of the networked bus. Nothing else makes any; `declaring` puts them into effect."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from supportbot.common.contracts import (
    AlertRaised,
    AnswerReady,
    DocumentRemoved,
    DocumentRestricted,
    DocumentUploaded,
    EscalationRaised,
    Event,
    MessageEdited,
    OperatorReplied,
    QuestionAsked,
)
from supportbot.common.errors import SupportbotError

EXCHANGE = "supportbot"
LIVE_EXCHANGE = "supportbot.live"
DEAD_EXCHANGE = "supportbot.dead"
DEAD_QUEUE = "supportbot.dead"
MAX_BYTES = 1024 * 1024
"""Nothing of ours comes near it; what is larger is quarantined unread."""
MAX_WAITING = 100_000
_LIVE_TTL_MS = 30_000
_DEAD_TTL_MS = 7 * 24 * 3600 * 1000
_DEAD_MAX_BYTES = 64 * MAX_BYTES
QueueType = Literal["quorum", "classic"]


class TopologyError(SupportbotError):
    """The broker has something of our name that is not what we declare, or does not let us declare it."""


@dataclass(frozen=True, slots=True)
class WorkQueue:
    """A queue that all processes of one kind share: each event goes to one of them."""

    name: str
    events: tuple[type[Event], ...]

    @property
    def routing_keys(self) -> tuple[str, ...]:
        return tuple(event.routing_key for event in self.events)


WORK_QUEUES = (
    WorkQueue("answerer.questions", (QuestionAsked, MessageEdited)),
    WorkQueue("gateway.replies", (AnswerReady, EscalationRaised, OperatorReplied)),
    WorkQueue("gateway.alerts", (AlertRaised,)),
    WorkQueue("indexer.documents", (DocumentUploaded, DocumentRemoved, DocumentRestricted)),
)
_WANTED = frozenset(event for queue in WORK_QUEUES for event in queue.events)


def work_queue(name: str, events: Sequence[type[Event]]) -> WorkQueue:
    """The declared queue of that name.

    Raises:
        TopologyError: it is not declared, or not for these events.
    """
    for queue in WORK_QUEUES:
        if queue.name == name:
            if set(events) != set(queue.events):
                raise TopologyError(f"{name} is declared for other events than are asked for; mend WORK_QUEUES")
            return queue
    raise TopologyError(f"{name} is not among the declared queues; add it to WORK_QUEUES")


def is_work(event: type[Event]) -> bool:
    """Whether some work queue wants this event, so that publishing it must reach a queue."""
    return event in _WANTED


def work_arguments(queue_type: QueueType) -> dict[str, Any]:
    """How a work queue is declared. When it is full, publishing fails and the event stays in the outbox."""
    return {
        "x-queue-type": queue_type,
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-max-length": MAX_WAITING,
        "x-overflow": "reject-publish",
    }


LIVE_ARGUMENTS: dict[str, Any] = {"x-message-ttl": _LIVE_TTL_MS, "x-max-length": 10_000}
DEAD_ARGUMENTS: dict[str, Any] = {
    "x-queue-type": "classic",
    "x-message-ttl": _DEAD_TTL_MS,
    "x-max-length": 1_000,
    "x-max-length-bytes": _DEAD_MAX_BYTES,
}
