"""A limit on the tokens of a day."""

from collections.abc import Callable
from datetime import UTC, date, datetime


def _today() -> date:
    return datetime.now(UTC).date()


class DailyBudget:
    """Tokens used in the current UTC day against a limit; 0 means no limit."""

    def __init__(self, limit: int, *, used: int = 0, today: Callable[[], date] = _today) -> None:
        """`used`: what was used earlier today, by a process that has ended since."""
        self._limit = limit
        self._used = used
        self._today = today
        self._day = today()

    @property
    def used(self) -> int:
        """Tokens used today."""
        self._turn_page()
        return self._used

    @property
    def exhausted(self) -> bool:
        """Whether nothing more may be spent today."""
        return 0 < self._limit <= self.used

    def spend(self, tokens: int) -> bool:
        """Count tokens. True where these are the ones that exhausted the budget."""
        before = self.exhausted
        self._used += tokens
        return self.exhausted and not before

    def _turn_page(self) -> None:
        today = self._today()
        if today != self._day:
            self._day = today
            self._used = 0
