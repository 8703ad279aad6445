"""Sends what is to be mailed: looks by itself, and at once when an alert is raised."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from supportbot.admin_api.mail.access import MailAccess, bare_address
from supportbot.admin_api.mail.alert_letters import AlertLetters
from supportbot.admin_api.mail.letters import message_of
from supportbot.admin_api.mail.schedule import Weekly
from supportbot.admin_api.mail.smtp import Delivery, MailNotSentError, deliver
from supportbot.admin_api.mail.store import TRIED_FOR_S, Mail, claim, finish, forget_old, is_known, put_off, queue
from supportbot.admin_api.mail.weekly_report import KIND, WeeklyReport
from supportbot.common.bus.port import Bus
from supportbot.common.contracts import AlertRaised, Event
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import MAILS
from supportbot.common.telemetry.outage import Outage

LOOK_EVERY_S: Final = 10.0
STOP_WITHIN_S: Final = 10.0
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class MailPlan:
    """What is mailed, to whom and when."""

    access: MailAccess
    alerts: AlertLetters
    report: WeeklyReport
    weekly: Weekly | None


class Mailer:
    """Turns alerts and weeks into mails, and brings mails to the server. Several processes share the work."""

    def __init__(
        self, database: Database, plan: MailPlan, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._plan = plan
        self._clock = clock
        self._woken = asyncio.Event()
        self._stopping = False
        self._reported: datetime | None = None
        self._unheard: Callable[[], None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._outage = Outage("Mails have to wait for their server", "Mails are sent again", server=plan.access.place)

    def start(self, bus: Bus) -> None:
        """Begin to work."""
        self._unheard = bus.listen((AlertRaised,), self._wake)
        self._task = asyncio.create_task(self._run(), name="mails")

    async def stop(self) -> None:
        """Finish the mail in work: one that is broken off may arrive twice."""
        self._stopping = True
        self._woken.set()
        if self._unheard is not None:
            self._unheard()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=STOP_WITHIN_S)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> int:
        """Queue what is due, send what waits. Returns how many mails were tried."""
        await self._database.write(self._plan.alerts.queue_due)
        await self._queue_report()
        tried = 0
        while not self._stopping and (mail := await self._database.write(claim, lane="relaxed")) is not None:
            await self._send(mail)
            tried += 1
        return tried

    async def _run(self) -> None:
        outage = Outage("Mails have to wait for the database", "Mails are looked after again")
        while not self._stopping:
            self._woken.clear()
            try:
                await self.look()
                outage.over()
            except DatabaseUnavailableError as error:
                outage.met(error)
            except Exception:
                _log.exception("Looking after mails failed and is tried again")
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _wake(self, _event: Event) -> None:
        self._woken.set()

    async def _queue_report(self) -> None:
        """Queue the report of the newest week that is over, once; older ones that were missed say nothing new."""
        weekly, plan = self._plan.weekly, self._plan
        due = None if weekly is None else weekly.last_due(self._clock())
        if due is None or due == self._reported:
            return
        key = f"report:{due:%Y-%m-%d}"
        if not await self._database.read(lambda c: is_known(c, key)) and await plan.report.has_news(due):
            letter = await plan.report.write(due)
            to = plan.access.recipients
            await self._database.write(lambda tx: queue(tx, key=key, kind=KIND, letter=letter, recipients=to))
            _log.info("The weekly report is written", until=due.isoformat())
        await self._database.write(forget_old, lane="relaxed")
        self._reported = due

    async def _send(self, mail: Mail) -> None:
        message = message_of(mail.letter, mail.id, mail.created_at, self._plan.access)
        try:
            done = await deliver(self._plan.access, message, mail.recipients)
        except MailNotSentError as error:
            self._outage.met(error)
            await self._again(mail, mail.recipients, str(error))
        else:
            self._outage.over()
            await self._note(mail, done)

    async def _note(self, mail: Mail, done: Delivery) -> None:
        if done.refused:
            _log.error("Somebody gets no mail", mail=str(mail.id), refused=dict(done.refused))
        if done.later:
            waiting = [one for one in mail.recipients if bare_address(one) in done.later]
            await self._again(mail, waiting, "; ".join(f"{who}: {why}" for who, why in done.later.items()))
            return
        await self._database.write(lambda tx: finish(tx, mail, "sent"))
        MAILS.labels(mail.kind, "partly" if done.refused else "sent").inc()
        _log.info("A mail is sent", mail=str(mail.id), kind=mail.kind, attempts=mail.attempts)

    async def _again(self, mail: Mail, recipients: Sequence[str], error: str) -> None:
        if self._clock() - mail.created_at > timedelta(seconds=TRIED_FOR_S):
            await self._database.write(lambda tx: finish(tx, mail, "failed", error))
            MAILS.labels(mail.kind, "given_up").inc()
            _log.error("A mail is given up", mail=str(mail.id), kind=mail.kind, attempts=mail.attempts, error=error)
            return
        in_s = await self._database.write(lambda tx: put_off(tx, mail, recipients, error))
        MAILS.labels(mail.kind, "later").inc()
        _log.debug("A mail is tried again", mail=str(mail.id), in_s=in_s, error=error)
