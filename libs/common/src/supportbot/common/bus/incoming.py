"""What arrives from a queue is whatever somebody put there: it becomes an event of ours, or it is rejected."""

import re
from collections.abc import Sequence
from typing import Any, Protocol

from supportbot.common.bus.topology import MAX_BYTES
from supportbot.common.contracts.envelope import Event, UnknownEventError, decode
from supportbot.common.errors import SupportbotError

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class RejectedMessageError(SupportbotError):
    """A message that is no event of ours. `reason` is one of few words, fit for a metric's label."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Message(Protocol):
    """The part of a delivered message that is read. Headers are anybody's and decide nothing."""

    @property
    def body(self) -> bytes: ...
    @property
    def message_id(self) -> str | None: ...
    @property
    def routing_key(self) -> str | None: ...


def read(message: Message, wanted: Sequence[type[Event]]) -> Event:
    """The event in a message.

    Raises:
        RejectedMessageError: it is too large, no event, an event of a version we do not know, or not what its
            properties say.
    """
    if len(message.body) > MAX_BYTES:
        raise RejectedMessageError("too_large", f"The message has {len(message.body)} bytes; {MAX_BYTES} are allowed")
    if not message.message_id:
        raise RejectedMessageError("no_message_id", "The message has no message id")
    try:
        event = decode(message.body)
    except UnknownEventError as error:
        raise RejectedMessageError("unknown", str(error)) from error
    if str(event.message_id) != message.message_id:
        raise RejectedMessageError("forged", "The message's id is not the id of the event in it")
    if not isinstance(event, tuple(wanted)) or message.routing_key != event.routing_key:
        raise RejectedMessageError("misrouted", f"{type(event).__name__} is not for this queue")
    return event


def traceparent(headers: Any) -> str | None:
    """The publisher's span, where the header is well-formed; anything else is as good as none."""
    found = headers.get("traceparent") if isinstance(headers, dict) else None
    return found if isinstance(found, str) and _TRACEPARENT.fullmatch(found) else None
