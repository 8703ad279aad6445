"""On which way a bot's updates come: sent to the webhook, or fetched while that does not work.

Whoever holds the poller's lease decides and acts, for all processes; the others take in what Telegram sends them.
"""

import asyncio
import random
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from supportbot.common.database.transactions import Database
from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import logger
from supportbot.gateway.domain.update_route import MODES, Mode, RouteTiming
from supportbot.gateway.entrypoints.telegram import UpdatePoller
from supportbot.gateway.metrics import UPDATE_MODE, UPDATE_MODE_CHANGES
from supportbot.gateway.use_cases.hold_poller import PollerLease
from supportbot.gateway.use_cases.keep_webhook import WebhookKeeper
from supportbot.gateway.use_cases.report_route import report_fallback, report_return

SETTLE_WITHIN_S = 3.0
STANDBY = "the process that holds the lease sees to it that updates come"
_log = logger(__name__)


class UpdateRoute:
    """Keeps one bot's updates coming; with no keeper there is no webhook, and they are fetched."""

    def __init__(
        self, database: Database, bot: BotId, poller: UpdatePoller, keeper: WebhookKeeper | None, timing: RouteTiming
    ) -> None:
        self.mode: Mode = "starting"
        self.why = "it is not known yet who sees to it"
        self.since = datetime.now(UTC)
        self._database = database
        self._bot = bot
        self._poller = poller
        self._keeper = keeper
        self._timing = timing
        self._lease = PollerLease(database, bot)
        self._worked = False
        self._reported = False
        self._reports: set[asyncio.Task[None]] = set()

    @property
    def trouble(self) -> str | None:
        """Why updates do not come at this moment; it passes by itself, or somebody else has to act."""
        return self._poller.trouble if self.mode == "polling" else None

    @property
    def problem(self) -> str | None:
        """Why no updates come."""
        if self.mode == "polling":
            return self._poller.problem
        return self._keeper.problem if self._keeper is not None and self.mode == "webhook" else None

    async def run(self) -> None:
        """See to it that updates come whenever that is ours to do, for ever."""
        self._enter("standby", STANDBY)
        await self._lease.hold(self._lead)

    async def stop(self) -> None:
        """Let another process take over; after `run` has ended."""
        await self._settle()
        await self._lease.release()
        await asyncio.gather(*self._reports, return_exceptions=True)
        self._enter("standby", "this process stops")

    async def _lead(self) -> None:
        try:
            if self._keeper is None:
                self._enter("polling", "WEBHOOK_URL is not set")
                await self._poller.run()
            else:
                await self._take_turns(self._keeper)
        finally:
            self._enter("standby", STANDBY)

    async def _take_turns(self, keeper: WebhookKeeper) -> None:
        """Webhook for as long as it works, polling for a while, and again."""
        clock, trials = asyncio.get_running_loop().time, 0
        while True:
            self._enter("webhook", "it is tried again" if trials else "WEBHOOK_URL is set")
            self._worked, since_s = False, clock()
            why = await keeper.keep(self._webhook_works)
            trials = self._timing.trials_after(trials, worked=self._worked, held_s=clock() - since_s)
            pause_s = self._timing.return_after_s(trials) * random.uniform(0.9, 1.1)  # noqa: S311
            self._enter("polling", f"the webhook does not do: {why}")
            _log.warning(
                "The webhook does not do; updates are fetched, and it is tried again later",
                bot=self._bot,
                error=why,
                trials=trials,
                again_in_s=round(pause_s),
            )
            if not self._reported:
                self._reported = True
                self._in_background(report_fallback(self._database, self._bot, why))
            await self._poll(pause_s)

    async def _poll(self, seconds: float) -> None:
        polling = asyncio.ensure_future(self._poller.run())
        try:
            done, _ = await asyncio.wait({polling}, timeout=seconds)
            if done:
                polling.result()
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
        await self._settle()

    async def _settle(self) -> None:
        """What was stored and not confirmed would come once more by the other way; that would do no harm."""
        try:
            async with asyncio.timeout(SETTLE_WITHIN_S):
                await self._poller.settle()
        except TimeoutError:
            _log.info("What was fetched last could not be confirmed and will come again", bot=self._bot)

    def _webhook_works(self) -> None:
        if not self._worked:
            self._worked, self.why = True, "updates come through it"
            _log.info("The webhook works", bot=self._bot)
        if self._reported:
            self._reported = False
            self._in_background(report_return(self._database, self._bot))

    def _enter(self, mode: Mode, why: str) -> None:
        if mode != self.mode:
            self.since = datetime.now(UTC)
            UPDATE_MODE_CHANGES.labels(self._bot, mode).inc()
            _log.info("How updates come", bot=self._bot, mode=mode, before=self.mode, why=why)
        self.mode, self.why = mode, why
        for each in MODES:
            UPDATE_MODE.labels(self._bot, each).set(each == mode)

    def _in_background(self, report: Coroutine[Any, Any, None]) -> None:
        """Telling people must not keep updates from coming."""
        task = asyncio.create_task(report, name=f"report {self._bot}")
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)
