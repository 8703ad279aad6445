"""A circuit breaker: after several failures in a row nobody asks for a while, then one request tries."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

State = Literal["closed", "open", "trying"]
Cause = Literal["down", "refused"]


@dataclass(frozen=True, slots=True)
class Limits:
    """When the breaker opens, and for how long."""

    failures: int = 5
    """So many in a row open it."""
    rest_s: float = 10.0
    """The first rest; it doubles with every trial that fails."""
    longest_rest_s: float = 40.0
    """Well under a minute, so that answers are whole again soon after the server is."""
    refused_rest_s: float = 300.0
    """The rest after a refused key or a used-up quota: somebody has to act first."""


DEFAULT: Final = Limits()


class Breaker:
    """Closed: all may ask. Open: nobody. Trying: one asks, and decides for all."""

    def __init__(self, limits: Limits = DEFAULT, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._failures = 0
        self._rest_s = limits.rest_s
        self._until = 0.0
        self._state: State = "closed"
        self._cause: Cause = "down"
        self.untold = False
        """Whether it is open for a cause that nobody was told of; whoever tells it sets this back."""

    @property
    def state(self) -> State:
        return self._state

    @property
    def cause(self) -> Cause:
        """Why it opened last."""
        return self._cause

    def admits(self) -> bool:
        """Whether to ask now. Who is let in must report back: `succeeded`, `failed`, `refused` or `undecided`."""
        if self._state == "open" and self._clock() >= self._until:
            self._state = "trying"
            return True
        return self._state == "closed"

    def succeeded(self) -> None:
        """The server answered."""
        self._failures = 0
        self._rest_s = self._limits.rest_s
        self._state = "closed"
        self.untold = False

    def failed(self) -> None:
        """The server did not answer."""
        self._failures += 1
        if self._state == "trying":
            self._rest_s = min(self._rest_s * 2, self._limits.longest_rest_s)
            self._open("down", self._rest_s)
        elif self._state == "closed" and self._failures >= self._limits.failures:
            self.untold = True
            self._open("down", self._rest_s)

    def refused(self) -> None:
        """The server wants no more requests from us."""
        if self._state == "closed" or (self._state == "trying" and self._cause != "refused"):
            self.untold = True
        self._open("refused", self._limits.refused_rest_s)

    def undecided(self) -> None:
        """The request ended without telling anything about the server, for instance because it was cancelled."""
        if self._state == "trying":
            self._state = "open"

    def _open(self, cause: Cause, rest_s: float) -> None:
        self._state = "open"
        self._cause = cause
        self._until = self._clock() + rest_s
