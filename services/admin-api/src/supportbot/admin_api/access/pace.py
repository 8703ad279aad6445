"""How many requests one caller of the REST API may make in a minute, counted by each process for itself."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

PER_MINUTE: Final = 3000
_WINDOW_S: Final = 60.0
_CALLERS_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller has left."""

    limit: int
    left: int
    """Negative where it was one too many."""
    reset_s: int
    """Seconds until it begins anew."""

    @property
    def headers(self) -> dict[str, str]:
        """As programs read it."""
        told = {
            "RateLimit-Limit": self.limit,
            "RateLimit-Remaining": max(0, self.left),
            "RateLimit-Reset": self.reset_s,
        }
        return {name: str(value) for name, value in told.items()}


@dataclass(slots=True)
class Pace:
    """Counts requests in windows of a minute, one for each caller."""

    per_minute: int = PER_MINUTE
    clock: Callable[[], float] = time.monotonic
    _windows: dict[UUID | None, tuple[float, int]] = field(default_factory=dict)

    def take(self, caller_id: UUID | None) -> Allowance:
        """Count one request."""
        moment = self.clock()
        begun, made = self._windows.pop(caller_id, (moment, 0))
        if moment - begun >= _WINDOW_S:
            begun, made = moment, 0
        self._windows[caller_id] = begun, made + 1
        if len(self._windows) > _CALLERS_MOST:
            del self._windows[next(iter(self._windows))]  # the one that was away longest
        return Allowance(self.per_minute, self.per_minute - made - 1, math.ceil(begun + _WINDOW_S - moment))
