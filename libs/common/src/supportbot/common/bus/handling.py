"""What happens to one delivered message: read, handled, acknowledged, or rejected."""

import contextlib

from aio_pika import IncomingMessage
from faststream.message import StreamMessage
from faststream.rabbit import RabbitMessage

from supportbot.common.bus.incoming import RejectedMessageError, read, traceparent
from supportbot.common.bus.port import EventGivenBackError, Handler
from supportbot.common.bus.spans import handling
from supportbot.common.contracts.envelope import Event
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import EVENTS_CONSUMED, EVENTS_REDELIVERED, EVENTS_REJECTED

_log = logger(__name__)


async def as_it_is(message: StreamMessage[IncomingMessage]) -> StreamMessage[IncomingMessage]:
    """In place of FastStream's decoder, which would trust the content type."""
    return message


async def take(queue: str, events: tuple[type[Event], ...], handler: Handler, message: RabbitMessage) -> None:
    """Handle one message and tell the broker. Where the broker cannot be told, the message comes again."""
    try:
        event = read(message.raw_message, events)
    except RejectedMessageError as error:
        EVENTS_REJECTED.labels(queue, error.reason).inc()
        _log.error("A message that is no event of ours was quarantined", queue=queue, reason=str(error))
        with contextlib.suppress(Exception):
            await message.reject(requeue=False)
        return
    if message.raw_message.redelivered:
        EVENTS_REDELIVERED.labels(queue).inc()
    with handling(queue, event, traceparent(message.headers)):
        try:
            await handler(event)
        except EventGivenBackError:
            with contextlib.suppress(Exception):
                await message.nack(requeue=True)
            return
    try:
        await message.ack()
    except Exception as error:
        _log.info("An event could not be acknowledged and will come again", queue=queue, error=type(error).__name__)


def guarded(queue: str, handler: Handler) -> Handler:
    """A handler whose errors are logged and end there, but for what it gives back."""

    async def handle(event: Event) -> None:
        try:
            await handler(event)
            EVENTS_CONSUMED.labels(queue, "handled").inc()
        except EventGivenBackError:
            EVENTS_CONSUMED.labels(queue, "given_back").inc()
            raise
        except Exception:
            EVENTS_CONSUMED.labels(queue, "failed").inc()
            _log.exception(
                "Handling an event failed; its state is in the database", queue=queue, event_type=type(event).__name__
            )

    return handle
