"""Who may have one of the few connections for storing messages: a queue that lasts as long as it moves."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from sqlalchemy.exc import TimeoutError as PoolTimeoutError

STUCK_S = 0.3
"""Without one place that came free for so long, nobody else is kept waiting: the channel gives the message again."""
LONGEST_S = 1.0
"""How long a burst is worth waiting for, even if it moves."""


class IntakeGate:
    """First come, first served. A burst is taken in though it takes longer than a database may be silent."""

    def __init__(self, places: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._free = places
        self._clock = clock
        self._moved_at = clock()
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        """Hold a place.

        Raises:
            PoolTimeoutError: none came free in time.
        """
        if self._free:
            self._free -= 1
        else:
            await self._wait()
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        since = self._clock()
        try:
            while not turn.done():
                await asyncio.wait([turn], timeout=self._left_s(since))
        except BaseException:
            if turn.done():
                self._pass_on()
            else:
                self._waiting.remove(turn)
            raise

    def _left_s(self, since: float) -> float:
        left_s = min(since + LONGEST_S, max(since, self._moved_at) + STUCK_S) - self._clock()
        if left_s <= 0:
            raise PoolTimeoutError("No connection for storing messages came free in time")
        return left_s

    def _pass_on(self) -> None:
        self._moved_at = self._clock()
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._free += 1
