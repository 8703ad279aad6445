"""Telegram's sending limits, off until a test switches them on."""

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.telegram.errors import too_many_requests


@dataclass(frozen=True)
class Limit:
    """So many messages within so many seconds."""

    count: int
    seconds: float


class RateLimits:
    """30/s overall, 1/s per chat, 20/min per group; a burst is tolerated as the real server does."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.enabled = False
        self.overall = Limit(30, 1.0)
        self.per_chat = Limit(1, 1.0)
        self.per_group = Limit(20, 60.0)
        self._clock = clock
        self._seen: defaultdict[tuple[str, int], deque[float]] = defaultdict(deque)

    def check(self, chat_id: int, *, group: bool) -> None:
        """Counts one message; 429 where it is one too many (a refused one is not counted)."""
        if not self.enabled:
            return
        now = self._clock()
        rules = [(("all", 0), self.overall), (("chat", chat_id), self.per_chat)]
        if group:
            rules.append((("group", chat_id), self.per_group))
        wait = max(self._wait(key, limit, now) for key, limit in rules)
        if wait > 0:
            raise too_many_requests(max(1, math.ceil(wait)))
        for key, _ in rules:
            self._seen[key].append(now)

    def check_overall(self) -> None:
        """Counts what falls under no chat's limit."""
        if not self.enabled:
            return
        now = self._clock()
        wait = self._wait(("all", 0), self.overall, now)
        if wait > 0:
            raise too_many_requests(max(1, math.ceil(wait)))
        self._seen["all", 0].append(now)

    def _wait(self, key: tuple[str, int], limit: Limit, now: float) -> float:
        seen = self._seen[key]
        while seen and seen[0] <= now - limit.seconds:
            seen.popleft()
        return 0.0 if len(seen) < limit.count else seen[0] + limit.seconds - now
