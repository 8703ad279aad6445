"""Consuming from RabbitMQ: acknowledged when the handler is done, watched, and drained at the end."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitMessage, RabbitQueue
from faststream.rabbit.subscriber.usecase import RabbitSubscriber

from supportbot.common.bus.declaring import bind_live, declare, declare_live, delete, purge
from supportbot.common.bus.handling import as_it_is, guarded, take
from supportbot.common.bus.line import CHECK_EVERY_S, PROBE_EVERY_S, Line, LineLostError, Session
from supportbot.common.bus.port import Handler
from supportbot.common.bus.topology import QueueType, WorkQueue
from supportbot.common.contracts.envelope import Event
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import EVENTS_REJECTED

_LIVE_PREFETCH = 200
_RPC_TIMEOUT_S = 5.0
_START_TIMEOUT_S = 5.0
_UNREADABLE_TRIES = 2
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A work queue and who handles its events, `prefetch` of them at a time."""

    queue: WorkQueue
    handler: Handler
    prefetch: int


@dataclass(slots=True)
class Consumers:
    """The line that events arrive by: every subscription, and this process's queue of live events."""

    url: str
    queue_type: QueueType
    hear: Handler
    """What live events are given to."""
    subscriptions: list[Subscription] = field(default_factory=list)
    line: Line = field(init=False)
    _live_events: tuple[type[Event], ...] = ()
    _live_changed: asyncio.Event = field(default_factory=asyncio.Event)
    _in_work: set[asyncio.Task[None]] = field(default_factory=set)
    _channels: dict[str, Channel] = field(default_factory=dict)
    _session: Session | None = None
    _draining: bool = False
    _begun: bool = False
    _subscribers: dict[str, RabbitSubscriber] = field(default_factory=dict)
    _stuck: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.line = Line("consume", self.url, self._use)

    def add_live(self, events: tuple[type[Event], ...]) -> None:
        """Hear these too, from now on."""
        self._live_events = tuple({*self._live_events, *events})
        self._live_changed.set()

    async def pause(self) -> None:
        """Take no more."""
        already, self._draining = (
            self._draining,
            True,
        )  # said first: nobody is to miss the consumers and bring them back
        if not already and self._session is not None:
            await self._cancel_consumers(self._session)

    async def drain(self, grace_s: float) -> None:
        """Take no more, let handlers finish within `grace_s`, then cancel them; their messages go to others."""
        await self.pause()
        if self._in_work:
            _done, late = await asyncio.wait(self._in_work, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _use(self, session: Session) -> None:
        if self._draining:
            await asyncio.Event().wait()
        live = f"supportbot.live.{os.getpid()}.{secrets.token_hex(6)}"
        names = [subscription.queue.name for subscription in self.subscriptions]
        declared = await declare(session.connection, self.queue_type)
        # At the start all of it has to be right; later what others changed must not stop more than it touches.
        declared.refuse(names if self._begun else list(declared.problems))
        self._begun = True
        if self.line.unreadable >= _UNREADABLE_TRIES:
            await self._discard(session, names)
        await declare_live(session.connection, live)
        self._channels.clear()
        self._subscribers.clear()
        for subscription in self.subscriptions:
            handle = guarded(subscription.queue.name, subscription.handler)
            self._consume(session, subscription.queue.name, subscription.queue.events, handle, subscription.prefetch)
        self._consume(session, live, (Event,), self.hear, _LIVE_PREFETCH, label="live")
        self._live_changed.set()
        self._session = session
        try:
            await self._start(session, names)
            await self._watch(session, live, names)
        finally:
            self._session = None

    async def _start(self, session: Session, names: list[str]) -> None:
        """Begin to consume. A queue that does not let us, twice in a row, is deleted, to be declared anew.

        RabbitMQ may leave a quorum queue without a leader when a node restarts (rabbitmq-server's issue 10070): it
        can be declared, and takes and gives nothing, for ever.
        """
        starting = [self._begin(name, subscriber) for name, subscriber in self._subscribers.items()]
        stuck = {name for name in await asyncio.gather(*starting) if name}
        again, self._stuck = stuck & self._stuck, stuck
        if again:
            _log.error("Queues answer nothing; they are deleted and made again", queues=sorted(again))
            await asyncio.gather(*(delete(session.connection, name) for name in again & set(names)))
        if stuck:
            raise LineLostError(f"{', '.join(sorted(stuck))}: RabbitMQ does not answer a request to consume")

    @staticmethod
    async def _begin(name: str, subscriber: RabbitSubscriber) -> str | None:
        """Begin to consume one queue; its name where the broker leaves that unanswered."""
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                await subscriber.start()
        except TimeoutError:
            return name
        return None

    async def _discard(self, session: Session, names: list[str]) -> None:
        """Empty the queues. One of their messages ends every connection it is delivered to and cannot be named.

        Events only say that there may be work, and handlers look for work by themselves.
        """
        for name in names:
            EVENTS_REJECTED.labels(name, "undecodable").inc(await purge(session.connection, name))
        _log.error("Queues were emptied: a message in them could not even be decoded", queues=names)

    def _consume(
        self,
        session: Session,
        queue: str,
        events: tuple[type[Event], ...],
        handler: Handler,
        prefetch: int,
        *,
        label: str = "",
    ) -> None:
        channel = self._channels[queue] = Channel(prefetch_count=prefetch)
        subscriber = self._subscribers[queue] = session.broker.subscriber(
            RabbitQueue(queue, declare=False),
            channel=channel,
            ack_policy=AckPolicy.MANUAL,
            decoder=as_it_is,
            no_reply=True,  # a reply address in a message is not ours to answer to
        )
        subscriber(self._receiver(label or queue, events, handler))

    def _receiver(
        self, queue: str, events: tuple[type[Event], ...], handler: Handler
    ) -> Callable[[RabbitMessage], Awaitable[None]]:
        async def receive(message: RabbitMessage) -> None:
            # A task of its own: a lost connection ends the delivery, and must not end the work in its middle.
            task = asyncio.create_task(take(queue, events, handler, message), name=f"{queue} {message.message_id}")
            self._in_work.add(task)
            task.add_done_callback(self._in_work.discard)
            await asyncio.shield(task)

        return receive

    async def _watch(self, session: Session, live: str, names: list[str]) -> None:
        loop = asyncio.get_running_loop()
        probe_at = loop.time()
        while True:
            session.check()
            if self._draining:
                await asyncio.sleep(CHECK_EVERY_S)
                continue
            await self._check_consumers(session)
            if self._live_changed.is_set():
                self._live_changed.clear()
                await bind_live(session.connection, live, [event.routing_key for event in self._live_events])
            if loop.time() >= probe_at:
                await self._probe(session, names)
                probe_at = loop.time() + PROBE_EVERY_S
            self.line.up()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHECK_EVERY_S):
                    await self._live_changed.wait()

    async def _probe(self, session: Session, names: list[str]) -> None:
        """Ask the broker: it may have forgotten consumers without a word. Declares again what was deleted."""
        declared = await declare(session.connection, self.queue_type)
        declared.refuse(names)
        forgotten = [name for name in names if not declared.consumers.get(name)]
        if forgotten and not self._draining:
            raise LineLostError(f"RabbitMQ knows no consumer of {', '.join(forgotten)}")

    async def _check_consumers(self, session: Session) -> None:
        for queue, settings in self._channels.items():
            channel = await session.broker.config.channel_manager.get_channel(settings)
            if channel.is_closed or not (await channel.get_underlay_channel()).consumers:
                raise LineLostError(f"the consumer of {queue} was cancelled or its channel closed")

    async def _cancel_consumers(self, session: Session) -> None:
        """Before anything is closed: what still arrives after this would only be handed back."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_RPC_TIMEOUT_S):
                session.check()
                for settings in self._channels.values():
                    channel = await session.broker.config.channel_manager.get_channel(settings)
                    bare = await channel.get_underlay_channel()
                    for tag in list(bare.consumers):
                        await bare.basic_cancel(tag)
