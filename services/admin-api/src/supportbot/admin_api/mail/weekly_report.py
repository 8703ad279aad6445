"""The weekly report: the figures of the overview for one week against the week before."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.answers.schemas import Unanswered
from supportbot.admin_api.answers.service import AnswerService
from supportbot.admin_api.mail.letters import Letter
from supportbot.admin_api.mail.writing import Writing
from supportbot.admin_api.overview.figures import FigureStore
from supportbot.admin_api.overview.spans import Span
from supportbot.admin_api.overview.tiles import Tile, tiles_with_counts
from supportbot.common.database.schema.tables import messages

KIND: Final = "report"
WEEK: Final = timedelta(days=7)
_DAY_S: Final = 86_400
_GAPS: Final = 10
_WIDTH: Final = 30


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """Writes the report of the week that ended at a moment."""

    figures: FigureStore
    answers: AnswerService
    writing: Writing

    async def has_news(self, until: datetime) -> bool:
        """Whether the product was at work by then; a new one does not report of a time in which it was not there."""

        async def work(connection: AsyncConnection) -> bool:
            older = select(messages.c.received_at).where(messages.c.received_at < until).limit(1)
            return (await connection.execute(older)).first() is not None

        return await self.figures.database.read(work)

    async def write(self, until: datetime) -> Letter:
        """The mail."""
        week = Span("week", until - WEEK, until, _DAY_S)
        now, before = await self.figures.of(week), await self.figures.of(week.before)
        rows = tiles_with_counts(now, before, self.writing.language)
        days = math.ceil((datetime.now(UTC) - week.since) / timedelta(days=1))
        gaps = (await self.answers.unanswered(max(days, 1), _GAPS)).items
        say = self.writing.say
        since, last = self.writing.day(week.since), self.writing.day(until)
        subject = say("mail.subject.report", name=self.writing.name, since=since, until=last)
        html = self.writing.html("mail_report.html", subject=subject, rows=rows, gaps=gaps)
        return Letter(subject, self._text(rows, gaps), html)

    def _text(self, rows: Sequence[Tile], gaps: Sequence[Unanswered]) -> str:
        say = self.writing.say
        lines = [say("mail.report"), ""]
        for row in rows:
            change = f", {say('overview.' + row.change)}" if row.change else ""
            was = say("overview.was", value=row.before)
            lines.append(f"{say('overview.' + row.key) + ':':{_WIDTH}} {row.value} ({was}{change})")
        lines += ["", say("mail.gaps") if gaps else say("mail.no_gaps")]
        lines += [f"{gap.size:>4} × {' '.join(gap.example.split())}" for gap in gaps]
        return "\n".join([*lines, "", say("mail.report_end"), ""])
