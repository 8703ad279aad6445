"""How often one visitor may write: so many messages within a minute, then a pause."""

from collections import OrderedDict, deque

WINDOW_S = 60.0
REMEMBERED = 10_000


class VisitorRate:
    """A sliding window per visitor; the longest silent are forgotten first, so that memory has a bound."""

    def __init__(self, per_minute: int) -> None:
        self._limit = per_minute
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, visitor: str, now_s: float) -> float:
        """Count a message and return 0, or return the seconds until one is allowed again."""
        sent = self._sent.setdefault(visitor, deque())
        self._sent.move_to_end(visitor)
        while sent and sent[0] <= now_s - WINDOW_S:
            sent.popleft()
        if len(sent) >= self._limit:
            return sent[0] + WINDOW_S - now_s
        sent.append(now_s)
        if len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)
        return 0.0
