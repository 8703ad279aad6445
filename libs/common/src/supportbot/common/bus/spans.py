"""The spans of an event on its way, named alike by every bus."""

from contextlib import AbstractContextManager

from opentelemetry.trace import Span

from supportbot.common.contracts.envelope import Event
from supportbot.common.telemetry.tracing import span


def publishing(event: Event) -> AbstractContextManager[Span]:
    """The span in which an event is handed to the broker."""
    return span(f"publish {event.routing_key}", **_about(event))


def handling(queue: str, event: Event, traceparent: str | None) -> AbstractContextManager[Span]:
    """The span in which an event is handled, below that of whoever published it."""
    return span(f"handle {event.routing_key}", parent=traceparent, queue=queue, **_about(event))


def _about(event: Event) -> dict[str, str]:
    conversation = getattr(event, "conversation_id", None)
    return {"conversation_id": str(conversation)} if conversation else {"correlation_id": str(event.correlation_id)}
