"""The time and the repeated requests that one question may spend on the model, all stages together."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SHORTEST_CALL_S: Final = 1.0
"""A request that would have less time than this is not worth making."""
_FIRST_PAUSE_S: Final = 0.4
_LONGEST_PAUSE_S: Final = 4.0
_JITTER: Final = 0.5


@dataclass
class _Retries:
    left: int
    made: int = 0


class Budget:
    """One deadline and one number of retries, counted down by whichever stage needs them first."""

    def __init__(
        self,
        seconds: float,
        retries: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._jitter = jitter
        self._deadline = clock() + seconds
        self._retries = _Retries(retries)

    @property
    def remaining_s(self) -> float:
        """Seconds until the deadline; never negative."""
        return max(0.0, self._deadline - self._clock())

    def within(self, seconds: float) -> "Budget":
        """The same budget for a stage that may take at most so long; retries are shared."""
        part = Budget(min(seconds, self.remaining_s), 0, clock=self._clock, jitter=self._jitter)
        part._retries = self._retries
        return part

    def affords(self, pause_s: float) -> bool:
        """Whether after such a pause there is still time for a request."""
        return pause_s + SHORTEST_CALL_S <= self.remaining_s

    def spend_retry(self, asked_s: float | None = None) -> float | None:
        """Seconds to wait before asking again; None where no retry is left or the wait does not fit.

        `asked_s` is the server's Retry-After: never shortened. Without it the pause doubles, with jitter downwards.
        """
        if self._retries.left <= 0:
            return None
        grown = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0**self._retries.made)
        pause = grown * (1 - _JITTER * self._jitter())
        if asked_s is not None:
            pause = max(asked_s, pause)
        if not self.affords(pause):
            return None
        self._retries.left -= 1
        self._retries.made += 1
        return pause
