"""A bus that loses, repeats and refuses events, and remembers which it got."""

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from supportbot.common.bus.port import Bus, BusUnavailableError, Handler
from supportbot.common.contracts.envelope import Event
from tests.protocol.world import World


class UnreliableBus(Bus):
    """Confirms what it took; sometimes takes an event and does not confirm it."""

    confirms = True

    def __init__(self, world: World) -> None:
        self._world = world
        self.taken: Counter[UUID] = Counter()

    async def publish(self, event: Event) -> None:
        if self._world.maybe(self._world.wire.trouble / 2):
            raise BusUnavailableError("away")
        self.taken[event.message_id] += 1
        if self._world.maybe(self._world.wire.trouble / 2):
            raise BusUnavailableError("the confirm was lost")

    def subscribe(self, queue: str, events: tuple[type[Event], ...], handler: Handler, *, concurrency: int = 1) -> None:
        """Nobody listens here: the actors look for themselves, as they would with the bus gone."""

    def listen(self, events: tuple[type[Event], ...], handler: Handler) -> Callable[[], None]:
        return lambda: None

    async def start(self) -> None: ...

    async def pause(self) -> None:
        """It gives nothing out."""

    async def stop(self, grace_s: float) -> None: ...
