"""What fails again and again is told once when it begins, now and then while it lasts, and once when it is over."""

import time

from supportbot.common.telemetry.logging import logger

REMIND_S = 300.0


class Outage:
    """One thing that may not work for a while; `met` at every failure, `over` at every success. Both cost nothing."""

    def __init__(self, begins: str, ends: str, **details: str) -> None:
        """`begins` and `ends` are fixed sentences, `details` stand beside both."""
        self._log = logger(__name__)
        self._begins = begins
        self._ends = ends
        self._details = details
        self._times = 0
        self._since = self._told = 0.0
        self._quiet = True
        self.error: str | None = None
        """Why it does not work now; None while it does, as far as anybody has tried."""

    def met(self, error: Exception | str) -> None:
        """It failed again."""
        now = time.monotonic()
        self._quiet = False
        self._times += 1
        self.error = str(error)
        if self._times == 1:
            self._since = now
        elif now - self._told < REMIND_S:
            return
        self._told = now
        self._log.warning(self._begins, error=self.error, times=self._times, **self._details)

    def over(self) -> None:
        """It works."""
        if self._times:
            lasted_s = round(time.monotonic() - self._since, 1)
            self._log.info(self._ends, times=self._times, lasted_s=lasted_s, **self._details)
            self._times, self.error = 0, None

    def over_if_quiet(self) -> None:
        """It is over where nothing failed since this was asked last: for what partly works and partly does not."""
        if self._quiet:
            self.over()
        self._quiet = True
