"""How much one person may ask in Telegram: what is above that is kept, gathered and answered together, a little later.

A message costs a turn. So those beyond the limit wait until the limit lets one more through, and all that comes
meanwhile joins them: nothing is lost, and who writes too fast is told so once.
"""

from collections import OrderedDict
from dataclasses import dataclass

from supportbot.common.cache.port import Cache
from supportbot.common.ids import BotId
from supportbot.gateway.metrics import OVER_LIMIT

MINUTE_S = 60.0
LONGEST_WAIT_S = 20.0
"""A turn that is due much later would look like the work of a clock that jumped, and be made due at once."""
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a message has to wait, and whether its writer is to be told."""

    wait_s: float = 0.0
    tell: bool = False


class Pacing:
    """Asked before an update is stored, so that no transaction waits for the cache.

    An update that comes again is not counted again by the same process.
    """

    def __init__(self, cache: Cache, messages_per_minute: int) -> None:
        self._cache = cache
        self._limit = messages_per_minute
        self._known: OrderedDict[tuple[BotId, int], Pace] = OrderedDict()

    async def pace(self, bot: BotId, update_id: int, person: str) -> Pace:
        """The pace for one more message of a person."""
        found = self._known.get((bot, update_id))
        if found is None:
            found = self._known[bot, update_id] = await self._ask(f"{bot}:{person}")
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found

    async def _ask(self, person: str) -> Pace:
        given = await self._cache.allow(f"telegram:{person}", self._limit, MINUTE_S)
        if given.allowed:
            return Pace()
        OVER_LIMIT.labels("telegram").inc()
        told = await self._cache.allow(f"told:{person}", 1, MINUTE_S)
        return Pace(min(given.wait_s, LONGEST_WAIT_S), tell=told.allowed)
