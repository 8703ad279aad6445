"""The cache of one process: in memory, within bounds."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from supportbot.common.cache.port import Allowance

MOST_BYTES: Final = 32 * 1024 * 1024
MOST_KEYS: Final = 10_000
_KEY_COST: Final = 200
"""Bytes that a key costs beside its value, roughly."""


@dataclass(slots=True)
class Window:
    """When somebody did something, the latest last."""

    per_s: float = 0.0
    moments: deque[float] = field(default_factory=deque)

    def look(self, limit: int, now_s: float) -> Allowance:
        """What `allow` would say, without counting."""
        while self.moments and self.moments[0] <= now_s - self.per_s:
            self.moments.popleft()
        free = limit - len(self.moments)
        if free > 0:
            return Allowance(allowed=True, remaining=free - 1)
        return Allowance(allowed=False, remaining=0, wait_s=self.moments[-limit] + self.per_s - now_s)


class MemoryCache:
    """Cache in memory. What was used longest ago goes first when it is full."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most_bytes: int = MOST_BYTES) -> None:
        """Empty."""
        self._clock = clock
        self._most_bytes = most_bytes
        self._bytes = 0
        self._values: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._windows: OrderedDict[str, Window] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        """See Cache."""
        found = self._values.get(key)
        if found is None:
            return None
        if found[1] <= self._clock():
            self._drop(key)
            return None
        self._values.move_to_end(key)
        return found[0]

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """See Cache; a value larger than everything together may be is not kept."""
        self._drop(key)
        cost = len(value) + _KEY_COST
        if cost > self._most_bytes:
            return
        self._values[key] = (value, self._clock() + ttl_s)
        self._bytes += cost
        while self._bytes > self._most_bytes or len(self._values) > MOST_KEYS:
            self._drop(next(iter(self._values)))

    async def delete(self, key: str) -> None:
        """See Cache."""
        self._drop(key)

    async def flush(self, prefix: str = "") -> None:
        """See Cache."""
        for key in [key for key in self._values if key.startswith(prefix)]:
            self._drop(key)

    async def allow(self, key: str, limit: int, per_s: float) -> Allowance:
        """See Cache."""
        found = self.look(key, limit, per_s)
        if found.allowed:
            self.count(key, per_s)
        return found

    def look(self, key: str, limit: int, per_s: float) -> Allowance:
        """What `allow` would say, without counting."""
        return self._window(key, per_s).look(limit, self._clock())

    def count(self, key: str, per_s: float) -> None:
        """Count one, whatever the limit."""
        self._window(key, per_s).moments.append(self._clock())

    async def close(self) -> None:
        """See Cache."""

    def _window(self, key: str, per_s: float) -> Window:
        found = self._windows.setdefault(key, Window())
        found.per_s = per_s
        self._windows.move_to_end(key)
        if len(self._windows) > MOST_KEYS:
            self._windows.popitem(last=False)
        return found

    def _drop(self, key: str) -> None:
        found = self._values.pop(key, None)
        if found is not None:
            self._bytes -= len(found[0]) + _KEY_COST
