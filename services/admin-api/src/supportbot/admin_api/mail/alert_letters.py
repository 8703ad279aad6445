"""Alerts as mails: those that came together in one, each kind once with how many there were.

While a mail about alerts waits for its server, newer alerts wait for the next one: an outage ends with one mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, select, update

from supportbot.admin_api.mail.letters import Letter
from supportbot.admin_api.mail.store import queue
from supportbot.admin_api.mail.writing import Writing
from supportbot.common.database.clock import after, now
from supportbot.common.database.schema.mail_tables import alerts, mails
from supportbot.common.database.transactions import Transaction

PAUSE_S: Final = 600.0
PAUSE_BEFORE_CRITICAL_S: Final = 60.0
NEWS_S: Final = 24 * 3600.0
"""What is older is no news, and is not mailed."""
MOST: Final = 2000
KIND: Final = "alerts"


@dataclass(slots=True)
class Told:
    """The alerts of one kind: what the newest says, and how many there were."""

    severity: str
    text: str
    first_at: datetime
    last_at: datetime
    count: int = 1


@dataclass(frozen=True, slots=True)
class AlertLetters:
    """Makes mails of alerts."""

    writing: Writing
    recipients: Sequence[str] = field(default_factory=tuple)

    async def queue_due(self, tx: Transaction) -> bool:
        """Store the mail that is due, if one is. Alerts and their mail become true together."""
        found = await _untold(tx)
        if not found or not await _may_be_told(tx, found):
            return False
        letter = self.write(gathered(found))
        mail_id = await queue(tx, key=f"alerts:{found[0].id}", kind=KIND, letter=letter, recipients=self.recipients)
        if mail_id is None:
            return False
        told = update(alerts).where(alerts.c.id.in_([row.id for row in found])).values(mail_id=mail_id)
        await tx.execute(told)
        return True

    def write(self, found: Sequence[Told]) -> Letter:
        """The mail, its worst news first."""
        say = self.writing.say
        worst = found[0]
        subject = say(f"mail.subject.{worst.severity}", name=self.writing.name, text=worst.text)
        lines = [self._lines(one) for one in found]
        body = "\n\n".join([say("mail.alerts"), *("\n".join(one) for one in lines), say("mail.alerts_end")])
        return Letter(subject, body + "\n", self.writing.html("mail_alerts.html", subject=subject, found=found))

    def _lines(self, one: Told) -> list[str]:
        say = self.writing.say
        more = [say("staff.more_alerts", n=one.count - 1)] if one.count > 1 else []
        return [f"{say(f'mail.{one.severity}')}, {self.writing.moment(one.last_at)}", one.text, *more]


def gathered(rows: Sequence[Row[Any]]) -> list[Told]:
    """By kind; critical ones first, then those that there were most of."""
    found: dict[tuple[str, str], Told] = {}
    for row in rows:
        known = found.get((row.severity, row.kind))
        if known is None:
            found[row.severity, row.kind] = Told(row.severity, row.text, row.raised_at, row.raised_at)
        else:
            known.text, known.last_at, known.count = row.text, row.raised_at, known.count + 1
    return sorted(found.values(), key=lambda one: (one.severity != "critical", -one.count))


async def _untold(tx: Transaction) -> Sequence[Row[Any]]:
    a = alerts.c
    news = select(a.id, a.kind, a.severity, a.text, a.raised_at).where(
        a.mail_id.is_(None), a.raised_at > after(-NEWS_S)
    )
    return (await tx.execute(news.order_by(a.raised_at, a.id).limit(MOST))).all()


async def _may_be_told(tx: Transaction, found: Sequence[Row[Any]]) -> bool:
    m = mails.c
    newest = select(m.state, m.created_at, now().label("now")).where(m.kind == KIND).order_by(m.created_at.desc())
    last = (await tx.execute(newest.limit(1))).one_or_none()
    if last is None:
        return True
    pause_s = PAUSE_BEFORE_CRITICAL_S if any(row.severity == "critical" for row in found) else PAUSE_S
    rested: bool = last.created_at <= last.now - timedelta(seconds=pause_s)
    return rested and last.state != "waiting"
