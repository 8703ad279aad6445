"""The port behind which a bus stands: inside one process (LocalBus) or between processes (RabbitMQ)."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from supportbot.common.contracts.envelope import Event
from supportbot.common.errors import SupportbotError

Handler = Callable[[Event], Awaitable[None]]


class BusUnavailableError(SupportbotError):
    """The bus did not take an event. Its row stays in the outbox, and the sweep publishes it later."""


class EventGivenBackError(SupportbotError):
    """Raised by a handler that did not begin, because its process stops: another one is to get the event."""


class Bus(Protocol):
    """Carries events. Any of them may be lost, late, repeated or out of order, and nothing may depend on that."""

    @property
    def confirms(self) -> bool:
        """Whether a returned `publish` means that the event is safe in the hands of the bus."""
        ...

    async def publish(self, event: Event) -> None:
        """Hand an event to every work queue and listener that wants it.

        Raises:
            BusUnavailableError: the bus did not confirm it in time.
        """
        ...

    def subscribe(self, queue: str, events: tuple[type[Event], ...], handler: Handler, *, concurrency: int = 1) -> None:
        """Share the work queue `queue` with every process that subscribes to it: each event goes to one of them.

        An event is acknowledged when `handler` returns. An error is logged and the event dropped: its state is in the
        database, where it will be found; EventGivenBackError puts it back. To be called before `start`.
        """
        ...

    def listen(self, events: tuple[type[Event], ...], handler: Handler) -> Callable[[], None]:
        """Hear events for a live view, in every process. Returns what ends it. May be called at any time."""
        ...

    async def start(self) -> None:
        """Begin to hand out events."""
        ...

    async def pause(self) -> None:
        """Take no more events; what is in handlers goes on, and what waits is left to others."""
        ...

    async def stop(self, grace_s: float) -> None:
        """Take no more events, let the handlers in work finish within `grace_s` seconds, then cancel them."""
        ...

    def problem(self) -> str | None:
        """Why events do not reach this process's handlers now, fit for a readiness check; None when they do."""
        return None
