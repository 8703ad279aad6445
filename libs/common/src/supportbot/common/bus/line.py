"""A line to RabbitMQ: one connection that is made again, for ever, whenever it is not what it should be.

aio-pika and FastStream restore connections too, each in its way. Here what is broken is thrown away as a whole and
made anew, so that there is one way from any failure back to a working line, and it is the way every start takes.
"""

import asyncio
import contextlib
import logging
import random
import time
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aio_pika.abc import AbstractRobustConnection
from aiormq.abc import AbstractConnection
from aiormq.exceptions import AMQPError, InvalidFrameError
from faststream.rabbit import Channel, RabbitBroker
from yarl import URL

from supportbot.common.bus.topology import TopologyError
from supportbot.common.telemetry.logging import hide_secrets, logger
from supportbot.common.telemetry.metrics import BUS_CONNECTED, BUS_LINES_LOST

CONNECT_TIMEOUT_S = 5.0
CHECK_EVERY_S = 0.5
PROBE_EVERY_S = 5.0
_CLOSE_TIMEOUT_S = 2.0
_SHORTEST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_STEADY_AFTER_S = 10.0
_HEARTBEAT_S = 10
_NEVER_S = 365 * 24 * 3600.0
_log = logger(__name__)


class LineLostError(AMQPError):
    """The line does not work any more and is made anew; the text says what was noticed."""


class UnreadableFrameError(LineLostError):
    """A message has properties that the client cannot even decode, which ended the connection."""


@dataclass(frozen=True, slots=True)
class Session:
    """One connection's life, with the FastStream broker that speaks over it."""

    broker: RabbitBroker
    connection: AbstractRobustConnection
    bare: AbstractConnection

    def check(self) -> None:
        """Raise LineLostError where the connection is gone."""
        self.check_frames()
        if not self.connection.connected.is_set() or self.connection.is_closed:
            raise LineLostError("the connection was closed")

    def check_frames(self) -> None:
        """Raise UnreadableFrameError where that is what ended the connection."""
        closing = self.bare.closing
        if closing.done() and not closing.cancelled() and isinstance(closing.exception(), InvalidFrameError):
            raise UnreadableFrameError("a message's properties cannot be decoded")


@dataclass(slots=True)
class Line:
    """Runs `use` on one connection after the other. `use` returns or raises when it wants a new one."""

    name: str
    url: str
    use: Callable[[Session], Awaitable[None]]
    problem: str | None = "RabbitMQ is not connected yet"
    refusal: TopologyError | None = None
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as the first attempt has succeeded or failed."""
    unreadable: int = 0
    """How many connections in a row were ended by a message that cannot be decoded."""
    _pause_s: float = _SHORTEST_PAUSE_S
    _task: asyncio.Task[None] | None = None
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Begin to keep the line up, in the background."""
        self._task = asyncio.create_task(self._run(), name=f"RabbitMQ {self.name}")

    async def stop(self) -> None:
        """Close the line for good."""
        self._ended.set()
        # More than once: the drivers swallow a cancellation that reaches them while they close or reconnect.
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=_CLOSE_TIMEOUT_S)

    async def _run(self) -> None:
        while not self._ended.is_set():
            began = time.monotonic()
            try:
                await self._session()
            except Exception as error:
                BUS_LINES_LOST.labels(self.name).inc()
                self._note(error)
                self.unreadable = self.unreadable + 1 if isinstance(error, UnreadableFrameError) else 0
            if time.monotonic() - began > _STEADY_AFTER_S:
                self._pause_s = _SHORTEST_PAUSE_S
            self.tried.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s * random.uniform(0.8, 1.2)):  # noqa: S311  # spreads processes
                    await self._ended.wait()
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def up(self) -> None:
        """To be called by `use` when everything is in place."""
        if self.problem is not None:
            _log.info("RabbitMQ is connected", line=self.name)
        self.problem = self.refusal = None
        BUS_CONNECTED.labels(self.name).set(1)
        self.tried.set()

    async def _session(self) -> None:
        broker = open_broker(self.url, self.name)
        try:
            connection = await broker.connect()
            if connection.transport is None:
                raise LineLostError("the connection was closed at once")
            session = Session(broker, connection, connection.transport.connection)
            try:
                await self.use(session)
            finally:
                session.check_frames()
        finally:
            BUS_CONNECTED.labels(self.name).set(0)
            await _close(broker)

    def _note(self, error: Exception) -> None:
        self.refusal = error if isinstance(error, TopologyError) else None
        said = str(error) if self.refusal else f"RabbitMQ at {_place(self.url)} cannot be used: {describe(error)}"
        if said != self.problem:
            _log.warning("The line to RabbitMQ is down and is made again", line=self.name, error=said)
        self.problem = said


def quiet_drivers() -> None:
    """A line tells each failure once and in one sentence; its drivers would tell it every time, with tracebacks."""
    for name in ("aio_pika", "aiormq"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # aio_pika's finalizer makes this coroutine also in threads, where nothing can await it, for connections that never
    # came about and have nothing to close.
    warnings.filterwarnings("ignore", message="coroutine 'RobustConnection.close' was never awaited")


def open_broker(url: str, name: str) -> RabbitBroker:
    """A FastStream broker for one session: it fails fast, never reconnects, confirms, and returns what has no queue."""
    full = URL(url)
    if "heartbeat" not in full.query:
        full = full.update_query(heartbeat=_HEARTBEAT_S)
    return RabbitBroker(
        full.update_query(name=f"supportbot {name}"),
        timeout=CONNECT_TIMEOUT_S,
        fail_fast=True,
        reconnect_interval=_NEVER_S,
        default_channel=Channel(publisher_confirms=True, on_return_raises=True),
        graceful_timeout=None,
        app_id="supportbot",
        logger=None,
        apply_types=False,
    )


def describe(error: BaseException) -> str:
    """An error of the broker or the network, in a line without secrets."""
    said = hide_secrets(str(error))[:300].strip()
    return f"{said} ({type(error).__name__})" if said else type(error).__name__


def _place(url: str) -> str:
    parsed = URL(url)
    return f"{parsed.host}:{parsed.port or (5671 if parsed.scheme == 'amqps' else 5672)}"


async def _close(broker: RabbitBroker) -> None:
    """Close politely where the other side answers. One that hangs is left to its socket's end."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_CLOSE_TIMEOUT_S):
            await broker.stop()
