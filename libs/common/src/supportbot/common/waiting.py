"""What a process waits for before it can work: told once in the log, and in its readiness for as long as it lasts."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from supportbot.common.telemetry.logging import logger

T = TypeVar("T")
_log = logger(__name__)


class Waiting:
    """Patience with servers that are not there yet: services may start before them."""

    def __init__(self) -> None:
        self.reason: str | None = None
        """What the last attempt failed of; None while nothing is known to be missing."""

    async def until_available(
        self, call: Callable[[], Awaitable[T]], error: type[Exception], *, unless: type[Exception] | tuple[()] = ()
    ) -> T:
        """What `call` gives, tried again for as long as it raises `error`.

        `unless` is what no waiting mends: it is raised.
        """
        began = time.monotonic()

        def may_pass(raised: Exception) -> bool:
            passes = isinstance(raised, error) and not isinstance(raised, unless)
            if passes:
                self._note(str(raised))
            return passes

        attempts = stamina.retry_context(on=may_pass, attempts=None, timeout=None, wait_initial=0.2, wait_max=3)
        async for attempt in attempts:
            with attempt:
                result = await call()
                self._over(time.monotonic() - began)
                return result
        raise AssertionError("stamina either returns or raises")

    def _note(self, reason: str) -> None:
        if reason != self.reason:
            _log.warning("The start waits for a server", reason=reason)
        self.reason = reason

    def _over(self, seconds: float) -> None:
        if self.reason is not None:
            _log.info("The start goes on", waited_s=round(seconds, 1))
        self.reason = None
