"""The networked bus: RabbitMQ through FastStream, on two lines, one to publish and one to consume."""

import asyncio
from collections.abc import Callable

from supportbot.common.bus.consuming import Consumers, Subscription
from supportbot.common.bus.line import quiet_drivers
from supportbot.common.bus.port import Bus, Handler
from supportbot.common.bus.publishing import Publisher
from supportbot.common.bus.topology import QueueType, work_queue
from supportbot.common.contracts.envelope import Event
from supportbot.common.telemetry.logging import logger

START_PATIENCE_S = 6.0
_log = logger(__name__)


class RabbitBus(Bus):
    """Work queues and live listeners at a broker that may be away at any time, also at the start."""

    confirms = True

    def __init__(self, url: str, queue_type: QueueType = "quorum") -> None:
        self._publisher = Publisher(url, queue_type)
        self._consumers = Consumers(url, queue_type, self._hear)
        self._listeners: list[tuple[tuple[type[Event], ...], Handler]] = []

    def subscribe(self, queue: str, events: tuple[type[Event], ...], handler: Handler, *, concurrency: int = 1) -> None:
        self._consumers.subscriptions.append(Subscription(work_queue(queue, events), handler, concurrency))

    def listen(self, events: tuple[type[Event], ...], handler: Handler) -> Callable[[], None]:
        entry = (events, handler)
        self._listeners.append(entry)
        self._consumers.add_live(events)
        return lambda: self._listeners.remove(entry) if entry in self._listeners else None

    async def publish(self, event: Event) -> None:
        await self._publisher.publish(event)

    async def start(self) -> None:
        """Connect, in the background where the broker is away.

        Raises:
            TopologyError: the broker has a queue of ours that is not as we declare it.
        """
        quiet_drivers()
        lines = (self._publisher.line, self._consumers.line)
        for line in lines:
            line.start()
        try:
            async with asyncio.timeout(START_PATIENCE_S):
                await asyncio.gather(*(line.tried.wait() for line in lines))
        except TimeoutError:
            _log.warning("RabbitMQ does not answer; the connection is made in the background")
        if self._consumers.line.refusal is not None:
            await self.stop(0)
            raise self._consumers.line.refusal

    async def pause(self) -> None:
        await self._consumers.pause()

    async def stop(self, grace_s: float) -> None:
        await self._consumers.drain(grace_s)
        await self._publisher.stop()
        await asyncio.gather(self._publisher.line.stop(), self._consumers.line.stop())

    def problem(self) -> str | None:
        """Why events do not reach this process now; None when its consumers are in place."""
        return self._consumers.line.problem

    async def _hear(self, event: Event) -> None:
        for events, handler in list(self._listeners):
            if isinstance(event, events):
                try:
                    await handler(event)
                except Exception:
                    _log.exception("A live listener failed", event_type=type(event).__name__)
