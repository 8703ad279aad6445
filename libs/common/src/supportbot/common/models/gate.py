"""Every request to the model API passes here: limits before it, lessons from it, one retry budget around it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, Literal, TypeVar

from supportbot.common.models.breaker import Breaker
from supportbot.common.models.budget import Budget
from supportbot.common.models.errors import (
    ModelAccessError,
    ModelError,
    ModelOutageError,
    ModelQuotaError,
    ModelTimeoutError,
)
from supportbot.common.models.ports import Alarm
from supportbot.common.models.request import Usage
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import MODEL_CALLS, MODEL_TOKENS

RATE_LIMITED: Final = "rate_limited"
_LONGEST_RETRY_AFTER_S: Final = 600.0
_OUTCOMES: Final = {
    "ModelOutageError": "unavailable",
    "ModelTimeoutError": "timeout",
    "ModelQuotaError": "quota",
    "ModelAccessError": "access",
    "ModelRequestError": "request",
    "ModelOutputError": "output",
}
_log = logger(__name__)
T = TypeVar("T")


class ModelGate:
    """One per process, server and purpose (answers, vectors, contexts), shared by all that asks it."""

    def __init__(
        self,
        *,
        breaker: Breaker,
        concurrency: int,
        alarm: Alarm,
        meanwhile: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.breaker = breaker
        self._free = asyncio.Semaphore(concurrency)
        self._alarm = alarm
        self._meanwhile = meanwhile
        self._clock = clock
        self._not_before = 0.0

    async def call(self, stage: str, budget: Budget, send: Callable[[float], Awaitable[T]]) -> T:
        """Run `send(seconds left)`, repeated where that can help and the budget allows. Raises ModelError."""
        while True:
            try:
                async with self._admission(stage, budget):
                    return await _in_time(send, budget)
            except ModelOutageError as error:
                pause = budget.spend_retry(error.retry_after_s) if error.may_retry else None
                if pause is None:
                    raise
                _log.info("Asking the model again", stage=stage, cause=error.cause, in_s=round(pause, 2))
                await asyncio.sleep(pause)

    def count(self, stage: str, usage: Usage) -> None:
        """Note what a reply cost."""
        MODEL_TOKENS.labels(stage, "prompt").inc(usage.prompt)
        MODEL_TOKENS.labels(stage, "completion").inc(usage.completion)

    @asynccontextmanager
    async def _admission(self, stage: str, budget: Budget) -> AsyncIterator[None]:
        async with self._place(budget):
            if not self.breaker.admits():
                raise self._resting()
            try:
                yield
            except ModelError as error:
                MODEL_CALLS.labels(stage, _OUTCOMES[type(error).__name__]).inc()
                _log.warning("The model API failed", stage=stage, cause=error.cause, error=str(error))
                await self._learn(error)
                raise
            except BaseException:
                self.breaker.undecided()
                raise
            MODEL_CALLS.labels(stage, "ok").inc()
            self.breaker.succeeded()

    @asynccontextmanager
    async def _place(self, budget: Budget) -> AsyncIterator[None]:
        """One of the places for requests, after whatever pause the server asked all of us to make."""
        wait = self._not_before - self._clock()
        if wait > 0:
            if not budget.affords(wait):
                raise ModelOutageError(
                    f"The model API asked for a pause that lasts {wait:.0f} s more", cause=RATE_LIMITED, may_retry=False
                )
            await asyncio.sleep(wait)
        try:
            async with asyncio.timeout(budget.remaining_s):
                await self._free.acquire()
        except TimeoutError:
            raise ModelTimeoutError("No place for a request to the model came free in time", cause="busy") from None
        try:
            yield
        finally:
            self._free.release()

    async def _learn(self, error: ModelError) -> None:
        if isinstance(error, ModelQuotaError | ModelAccessError):
            self.breaker.refused()
            await self._tell("model_refused", "critical", error)
        elif isinstance(error, ModelOutageError) and error.cause == RATE_LIMITED:
            pause = min(error.retry_after_s or 0.0, _LONGEST_RETRY_AFTER_S)
            self._not_before = max(self._not_before, self._clock() + pause)
            self.breaker.undecided()
        elif isinstance(error, ModelOutageError | ModelTimeoutError):
            self.breaker.failed()
            await self._tell("model_down", "warning", error)
        else:
            self.breaker.succeeded()

    async def _tell(self, kind: str, severity: Literal["warning", "critical"], error: ModelError) -> None:
        """Raise one alert for an outage: now, or with a later trial where it cannot be raised now."""
        if self.breaker.untold:
            text = f"{error}. {self._meanwhile}"
            if await self._alarm(kind, severity, text):
                self.breaker.untold = False

    def _resting(self) -> ModelError:
        if self.breaker.cause == "refused":
            return ModelAccessError("The model API refused us a while ago and is not asked now", cause="resting")
        return ModelOutageError(
            "The model API failed several times and is not asked now", cause="resting", may_retry=False
        )


async def _in_time(send: Callable[[float], Awaitable[T]], budget: Budget) -> T:
    """A read timeout alone would let a server drip forever."""
    left = budget.remaining_s
    try:
        async with asyncio.timeout(left):
            return await send(left)
    except TimeoutError:
        raise ModelTimeoutError(f"The model API did not answer within {left:.0f} s", cause="timeout") from None
