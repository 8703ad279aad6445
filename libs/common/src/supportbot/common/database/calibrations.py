"""What people said of answers, and how confidence was put right by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import now
from supportbot.common.database.schema.learning_tables import calibrations
from supportbot.common.database.schema.tables import answers, feedback, outbound
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import uuid7


@dataclass(frozen=True, slots=True)
class StoredCalibration:
    """A line through the log-odds of confidence."""

    slope: float
    intercept: float
    ratings: int
    created_at: datetime


async def rated_answers(connection: AsyncConnection) -> Sequence[tuple[float, bool]]:
    """Of every answer that was voted on, oldest first: its confidence before any recalibration, and the vote."""
    a, o, f = answers.c, outbound.c, feedback.c
    reply = and_(o.conversation_id == a.conversation_id, o.turn_to == a.turn_to, o.author == "machine", o.part == 0)
    wanted = (
        select(a.confidence, a.trace, f.vote)
        .select_from(answers.join(outbound, reply).join(feedback, f.reply_key == o.reply_key))
        .where(a.decision == "answer")
        .order_by(a.created_at, a.id)
    )
    rows = await connection.execute(wanted)
    return [(_before_recalibration(row.confidence, row.trace), row.vote > 0) for row in rows]


async def newest_calibration(connection: AsyncConnection) -> StoredCalibration | None:
    """The one that holds; None where confidence was never put right."""
    c = calibrations.c
    wanted = select(c.slope, c.intercept, c.ratings, c.created_at).order_by(c.created_at.desc(), c.id.desc()).limit(1)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else StoredCalibration(*row)


async def store_calibration(
    tx: Transaction, *, slope: float, intercept: float, ratings: int, report: dict[str, Any]
) -> None:
    """Let it hold from now on; those before it stay, to be looked at or gone back to."""
    row = {"id": uuid7(), "slope": slope, "intercept": intercept, "ratings": ratings, "report": report}
    await tx.execute(insert(calibrations).values(**row, created_at=now()))


def _before_recalibration(confidence: float, trace: Any) -> float:
    raw = trace.get("raw_confidence") if isinstance(trace, dict) else None
    return float(raw) if isinstance(raw, int | float) else confidence
