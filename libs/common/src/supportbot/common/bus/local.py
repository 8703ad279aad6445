"""The bus where there is no broker: queues in memory, with the same promises within one process."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from supportbot.common.bus.port import Bus, EventGivenBackError, Handler
from supportbot.common.bus.spans import handling
from supportbot.common.bus.topology import work_queue
from supportbot.common.contracts.envelope import Event
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import EVENTS_CONSUMED, EVENTS_DROPPED
from supportbot.common.telemetry.tracing import current_traceparent

CAPACITY = 10_000
_log = logger(__name__)


@dataclass(slots=True)
class _WorkQueue:
    name: str
    events: tuple[type[Event], ...]
    handler: Handler
    concurrency: int
    waiting: asyncio.Queue[tuple[Event, str | None]] = field(default_factory=lambda: asyncio.Queue(CAPACITY))
    """Events, each with the traceparent of whoever published it."""


class LocalBus(Bus):
    """Work queues and live listeners inside one event loop. What finds a queue full is dropped: the state is stored."""

    confirms = False

    def __init__(self) -> None:
        self._queues: list[_WorkQueue] = []
        self._listeners: list[tuple[tuple[type[Event], ...], Handler]] = []
        self._idle_workers: set[asyncio.Task[None]] = set()
        self._workers: set[asyncio.Task[None]] = set()
        self._stopping = False

    def subscribe(self, queue: str, events: tuple[type[Event], ...], handler: Handler, *, concurrency: int = 1) -> None:
        work_queue(queue, events)  # a queue that the broker would not know is found here, too
        self._queues.append(_WorkQueue(queue, events, handler, concurrency))

    def listen(self, events: tuple[type[Event], ...], handler: Handler) -> Callable[[], None]:
        entry = (events, handler)
        self._listeners.append(entry)
        return lambda: self._listeners.remove(entry) if entry in self._listeners else None

    async def publish(self, event: Event) -> None:
        traceparent = current_traceparent()
        for queue in self._queues:
            if isinstance(event, queue.events):
                self._put(queue, event, traceparent)
        for events, handler in list(self._listeners):
            if isinstance(event, events):
                await _handle("live", handler, event)

    async def start(self) -> None:
        for queue in self._queues:
            for number in range(queue.concurrency):
                worker = asyncio.create_task(self._work(queue), name=f"{queue.name} {number}")
                self._workers.add(worker)

    async def pause(self) -> None:
        self._stopping = True
        for worker in list(self._idle_workers):
            worker.cancel()

    async def stop(self, grace_s: float) -> None:
        await self.pause()
        if self._workers:
            _done, late = await asyncio.wait(self._workers, timeout=grace_s)
            for worker in late:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)

    def _put(self, queue: _WorkQueue, event: Event, traceparent: str | None) -> None:
        try:
            queue.waiting.put_nowait((event, traceparent))
        except asyncio.QueueFull:
            EVENTS_DROPPED.labels(queue.name).inc()

    async def _work(self, queue: _WorkQueue) -> None:
        this = asyncio.current_task()
        assert this is not None
        while not self._stopping:
            self._idle_workers.add(this)
            try:
                event, traceparent = await queue.waiting.get()
            finally:
                self._idle_workers.discard(this)
            with handling(queue.name, event, traceparent):
                await _handle(queue.name, queue.handler, event)


async def _handle(queue: str, handler: Handler, event: Event) -> None:
    try:
        await handler(event)
        EVENTS_CONSUMED.labels(queue, "handled").inc()
    except EventGivenBackError:
        EVENTS_CONSUMED.labels(queue, "given_back").inc()  # there is nobody else; its state is in the database
    except Exception:
        EVENTS_CONSUMED.labels(queue, "failed").inc()
        _log.exception(
            "Handling an event failed; its state is in the database", queue=queue, event_type=type(event).__name__
        )
