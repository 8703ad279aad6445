"""What stands in for Telegram: it counts what it got, and is as unreliable as a network."""

import random
from dataclasses import dataclass

from tests.protocol.simulated_time import Time

LONGEST_REQUEST_S = 10.0


class NotDeliveredError(Exception):
    """Certainly not delivered: refused, 429, no name."""


class UnknownDeliveryError(Exception):
    """Timeout or 5xx after the request went out: delivered or not, nobody knows."""


class UnreachableError(Exception):
    """The user has blocked the bot."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may have been delivered."""

    reply_key: str
    chat: str
    is_repeat: bool
    text: str


class Wire:
    """Records every request that may have arrived, and every delivery in its order."""

    def __init__(self, rng: random.Random, time: Time, trouble: float) -> None:
        self._rng = rng
        self._time = time
        self.trouble = trouble
        self.possible: list[Request] = []
        self.delivered: list[Request] = []
        self.unreachable: set[str] = set()

    async def send(self, request: Request) -> int:
        """Deliver a message. Returns its number in the chat."""
        fate = self._rng.random()
        if fate < self.trouble / 4:
            raise NotDeliveredError
        if request.chat in self.unreachable:
            raise UnreachableError
        self.possible.append(request)
        if fate < self.trouble / 2:
            raise UnknownDeliveryError  # it never arrived, but who knows
        if self.trouble:
            await self._time.sleep(self._rng.uniform(0, LONGEST_REQUEST_S))
        self.delivered.append(request)
        if fate < self.trouble:
            raise UnknownDeliveryError
        return len(self.delivered)
