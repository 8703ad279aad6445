"""Publishing to RabbitMQ: persistent, confirmed, and loud where no queue takes what some queue should."""

import asyncio
import contextlib

from aio_pika.exceptions import DeliveryError, PublishError
from faststream.rabbit import RabbitBroker, RabbitExchange
from opentelemetry import propagate

from supportbot.common.bus.declaring import Declared, declare
from supportbot.common.bus.line import CHECK_EVERY_S, PROBE_EVERY_S, Line, LineLostError, Session, describe
from supportbot.common.bus.port import BusUnavailableError
from supportbot.common.bus.spans import publishing
from supportbot.common.bus.topology import EXCHANGE, LIVE_EXCHANGE, MAX_BYTES, QueueType, is_work
from supportbot.common.contracts.envelope import Event, encode
from supportbot.common.ids import EventId
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import EVENTS_REJECTED

CONFIRM_TIMEOUT_S = 5.0
_LIVE_TIMEOUT_S = 1.0
_log = logger(__name__)


class UnroutableEventError(BusUnavailableError):
    """No queue took an event that a work queue is declared for: a binding is missing."""


class Publisher:
    """The line that events leave by: a connection of its own, since an alarm at the broker blocks what publishes."""

    def __init__(self, url: str, queue_type: QueueType) -> None:
        self.line = Line("publish", url, self._use)
        self._queue_type: QueueType = queue_type
        self._session: Session | None = None
        self._in_flight: dict[EventId, asyncio.Task[None]] = {}

    async def publish(self, event: Event) -> None:
        """Have the broker confirm an event.

        Raises:
            BusUnavailableError: it did not, within `CONFIRM_TIMEOUT_S`.
        """
        # The client knows returned messages by their id, so one event must not be under way twice at a time.
        sending = self._in_flight.get(event.message_id)
        if sending is None:
            sending = asyncio.create_task(self._send(event), name=f"publish {event.message_id}")
            self._in_flight[event.message_id] = sending
            sending.add_done_callback(lambda task: self._sent(event.message_id, task))
        await asyncio.shield(sending)

    async def stop(self) -> None:
        """Let what is under way arrive or fail."""
        await asyncio.gather(*self._in_flight.values(), return_exceptions=True)

    def _sent(self, event_id: EventId, task: asyncio.Task[None]) -> None:
        del self._in_flight[event_id]
        if not task.cancelled():
            task.exception()  # whoever waited may be gone

    async def _send(self, event: Event) -> None:
        body = encode(event).encode()
        if len(body) > MAX_BYTES:
            # No consumer would read it, and trying again would not make it smaller. The fact is in the database.
            EVENTS_REJECTED.labels("", "too_large").inc()
            _log.error("An event is too large to be published and is dropped", event_type=type(event).__name__)
            return
        session = self._session
        if session is None:
            raise BusUnavailableError(self.line.problem or "RabbitMQ is not connected")
        if event.lives_s is None:
            with publishing(event):
                await self._confirmed(session, event, body)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_LIVE_TIMEOUT_S):
                await _publish(session.broker, LIVE_EXCHANGE, event, body, persist=False, mandatory=False)

    async def _confirmed(self, session: Session, event: Event, body: bytes) -> None:
        name = type(event).__name__
        try:
            session.check()
            async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                await _publish(session.broker, EXCHANGE, event, body, persist=True, mandatory=is_work(type(event)))
        except PublishError as error:
            _log.error("No queue took an event: a binding is missing", event_type=name, routing_key=event.routing_key)
            raise UnroutableEventError(
                f"RabbitMQ has no queue bound to exchange {EXCHANGE} by {event.routing_key}, which {name} needs. "
                f"It is bound again within {PROBE_EVERY_S:.0f} s unless its declaration is refused (see the log)"
            ) from error
        except DeliveryError as error:
            raise BusUnavailableError(f"RabbitMQ did not take {name}: its queue is full") from error
        except TimeoutError as error:
            self._give_up(session)
            raise BusUnavailableError(f"RabbitMQ did not confirm {name} within {CONFIRM_TIMEOUT_S:.0f} s") from error
        except Exception as error:
            self._give_up(session)
            raise BusUnavailableError(f"RabbitMQ did not take {name}: {describe(error)}") from error

    def _give_up(self, session: Session) -> None:
        """What failed once would keep every other event waiting too: fail at once until there is a new connection."""
        if self._session is session:
            self._session = None

    async def _use(self, session: Session) -> None:
        self._note(await declare(session.connection, self._queue_type), set())
        self._session = session
        self.line.up()
        try:
            await self._watch(session)
        finally:
            self._give_up(session)

    async def _watch(self, session: Session) -> None:
        loop = asyncio.get_running_loop()
        probe_at = loop.time() + PROBE_EVERY_S
        noted: set[str] = set()
        while True:
            await asyncio.sleep(CHECK_EVERY_S)
            session.check()
            if self._session is not session:
                raise LineLostError("publishing over this connection failed")
            if loop.time() >= probe_at:
                noted = self._note(await declare(session.connection, self._queue_type), noted)
                probe_at = loop.time() + PROBE_EVERY_S

    def _note(self, declared: Declared, known: set[str]) -> set[str]:
        new = [name for name in declared.problems if name not in known]
        if new:
            _log.error("A part of the bus could not be declared", error=declared.said(new))
        return set(declared.problems)


async def _publish(
    broker: RabbitBroker, exchange: str, event: Event, body: bytes, *, persist: bool, mandatory: bool
) -> None:
    headers: dict[str, str] = {}
    propagate.inject(headers)
    await broker.publish(
        body,
        exchange=RabbitExchange(exchange, declare=False),
        routing_key=event.routing_key,
        mandatory=mandatory,
        persist=persist,
        message_id=str(event.message_id),
        correlation_id=str(event.correlation_id),
        message_type=type(event).__name__,
        content_type="application/json",
        timestamp=event.occurred_at,
        expiration=event.lives_s,
        headers=dict(headers),
    )
