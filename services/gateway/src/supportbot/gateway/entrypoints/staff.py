"""What the bus tells the Telegram side: replies to send, escalations and alerts to pass on."""

import asyncio
import time
from collections.abc import Callable

from supportbot.common.bus.port import Bus
from supportbot.common.contracts import AlertRaised, AnswerReady, EscalationRaised, OperatorReplied
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.gateway.use_cases.notify_staff import Staff, notify_staff
from supportbot.gateway.use_cases.pass_on_alert import pass_on_alert

REPLIES_QUEUE = "gateway.replies"
ALERTS_QUEUE = "gateway.alerts"
LOOK_EVERY_S = 2.0
SAME_KIND_EVERY_S = 60.0
_log = logger(__name__)


class StaffRoom:
    """Hears events, wakes the senders, and tells staff what waits for them. Looks by itself too: events may be lost."""

    def __init__(
        self, database: Database, staff: Staff, alerts_chat: int | None, wake_senders: Callable[[], None]
    ) -> None:
        self._database = database
        self._staff = staff
        self._alerts_chat = alerts_chat
        self._wake_senders = wake_senders
        self._woken = asyncio.Event()
        self._quiet_until_s: dict[str, float] = {}

    def subscribe(self, bus: Bus) -> None:
        """Hear about replies and alerts; before the bus starts."""
        bus.subscribe(REPLIES_QUEUE, (AnswerReady, EscalationRaised, OperatorReplied), self._reply_waits)
        bus.subscribe(ALERTS_QUEUE, (AlertRaised,), self._pass_on)

    async def run(self) -> None:
        """Tell staff about escalations, for ever."""
        while True:
            self._woken.clear()
            try:
                if await notify_staff(self._database, self._staff):
                    self._wake_senders()
            except DatabaseUnavailableError as error:
                _log.warning("Telling staff has to wait for the database", error=str(error))
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def _is_news(self, alert: AlertRaised) -> bool:
        """Whether it is a while since the last alert of its kind: trouble at Telegram raises one for each reply."""
        now = time.monotonic()
        if now < self._quiet_until_s.get(alert.kind, 0.0):
            return False
        self._quiet_until_s[alert.kind] = now + SAME_KIND_EVERY_S
        return True

    async def _reply_waits(self, event: Event) -> None:
        self._wake_senders()
        if isinstance(event, EscalationRaised):
            self._woken.set()

    async def _pass_on(self, event: Event) -> None:
        assert isinstance(event, AlertRaised)
        if self._alerts_chat is not None and self._staff.bots:
            if not self._is_news(event):
                _log.warning(
                    "An alert is not passed on: one of its kind was, a moment ago", kind=event.kind, text=event.text
                )
                return
            await pass_on_alert(self._database, event, bot=self._staff.bots[0], chat=self._alerts_chat)
            self._wake_senders()
