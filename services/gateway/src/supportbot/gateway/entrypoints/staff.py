"""What the bus tells the Telegram side: replies to send, escalations and alerts to pass on."""

import asyncio
from collections.abc import Callable

from supportbot.common.bus.port import Bus
from supportbot.common.contracts import (
    AlertRaised,
    AnswerReady,
    ConversationClosed,
    EscalationRaised,
    MessageEdited,
    OperatorReplied,
    QuestionAsked,
)
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.outage import Outage
from supportbot.gateway.use_cases.group_alerts import AlertGroups
from supportbot.gateway.use_cases.hand_silent_back import hand_silent_back
from supportbot.gateway.use_cases.mirror_inbox import mirror_inbox
from supportbot.gateway.use_cases.notify_staff import Staff, notify_staff
from supportbot.gateway.use_cases.pass_on_alert import pass_on_alert
from supportbot.gateway.use_cases.relay_messages import relay_messages
from supportbot.gateway.use_cases.remind_staff import remind_staff

REPLIES_QUEUE = "gateway.replies"
ALERTS_QUEUE = "gateway.alerts"
LOOK_EVERY_S = 2.0
LOOK_LEAST_S = 0.1
"""Between two looks, however much happens: what comes meanwhile is found together."""
_log = logger(__name__)


class StaffWatch:
    """Hears events, wakes the senders, and tells staff what waits for them. Looks by itself too: events may be lost."""

    def __init__(
        self,
        database: Database,
        staff: Staff,
        alerts_chat: int | None,
        alerts: AlertGroups,
        wake_senders: Callable[[], None],
    ) -> None:
        self._database = database
        self._staff = staff
        self._alerts_chat = alerts_chat
        self._wake_senders = wake_senders
        self._woken = asyncio.Event()
        self._alerts = alerts

    def subscribe(self, bus: Bus) -> None:
        """Hear about replies and alerts; before the bus starts."""
        bus.subscribe(REPLIES_QUEUE, (AnswerReady, EscalationRaised, OperatorReplied), self._reply_waits)
        bus.subscribe(ALERTS_QUEUE, (AlertRaised,), self._pass_on)
        bus.listen((QuestionAsked, MessageEdited, ConversationClosed), self._look_soon)

    async def run(self) -> None:
        """Tell staff about escalations, for ever."""
        outage = Outage("Telling staff has to wait for the database", "Staff are told again")
        while True:
            self._woken.clear()
            try:
                if self._staff.is_there and await self._tell_staff():
                    self._wake_senders()
                await self._pass_on_what_is_due()
                outage.over()
            except DatabaseUnavailableError as error:
                outage.met(error)
            await asyncio.sleep(LOOK_LEAST_S)
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _tell_staff(self) -> int:
        """Queue whatever staff do not know of. Returns how much that was."""
        told = await notify_staff(self._database, self._staff)
        told += await mirror_inbox(self._database, self._staff.language)
        told += await relay_messages(self._database, self._staff.language)
        told += await hand_silent_back(self._database, self._staff)
        return told + await remind_staff(self._database, self._staff)

    async def _reply_waits(self, event: Event) -> None:
        self._wake_senders()
        if isinstance(event, EscalationRaised | OperatorReplied):
            self._woken.set()

    async def _look_soon(self, _event: Event) -> None:
        if self._staff.is_there:
            self._woken.set()

    async def _pass_on(self, event: Event) -> None:
        assert isinstance(event, AlertRaised)
        _log.warning("An alert was raised", kind=event.kind, severity=event.severity, text=event.text)
        if self._alerts_chat is not None and self._staff.bots:
            await self._alerts.gather(event)
            await self._pass_on_what_is_due()

    async def _pass_on_what_is_due(self) -> None:
        for group in await self._alerts.due() if self._alerts.held else ():
            assert self._alerts_chat is not None
            try:
                await pass_on_alert(self._database, group, bot=self._staff.bots[0], chat=self._alerts_chat)
            except DatabaseUnavailableError as error:
                self._alerts.hold(group)
                _log.warning("Passing on an alert has to wait for the database", error=str(error))
            else:
                self._wake_senders()
