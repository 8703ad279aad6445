"""What each threshold would have meant for the newest questions: how many answered, how many of those wrong.

Wrong is what people voted down, where enough of them voted; else what was measured when confidence was fitted, which
every answer carries (`right_of_such`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.answers import right_of_such
from supportbot.common.database.schema.tables import answers, feedback, outbound
from supportbot.common.database.transactions import Database

LOOKED_AT: Final = 5000
ENOUGH_VOTES: Final = 30
THRESHOLDS: Final = tuple(round(0.3 + 0.05 * step, 2) for step in range(14))
_BY_CONFIDENCE: Final = ("answered", "low_confidence")
"""Reasons with which the confidence decided; whoever asks for a person gets one however sure the machine is."""
_a, _o, _f = answers.c, outbound.c, feedback.c


@dataclass(frozen=True, slots=True)
class Point:
    """A threshold, and the shares from 0 to 1 that it means; None where nobody can tell."""

    threshold: float
    answered: float | None
    wrong: float | None
    votes: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Points from the lowest threshold to the highest."""

    points: Sequence[Point]
    questions: int
    votes: int

    @property
    def by_votes(self) -> bool:
        """Whether people's votes say what is wrong."""
        return self.votes >= ENOUGH_VOTES


@dataclass(frozen=True, slots=True)
class Decided:
    """How sure an answer was, and the share of right ones among those as sure."""

    confidence: float
    right_of_such: float | None


@dataclass(frozen=True, slots=True)
class CurveStore:
    """Reads what was decided lately."""

    database: Database

    async def measured(self) -> Curve:
        """Over the newest questions and votes."""

        async def work(connection: AsyncConnection) -> Curve:
            return curve_of(await _decided(connection), await _votes(connection))

        return await self.database.read(work)


def curve_of(decided: Sequence[Decided], votes: Sequence[tuple[float, bool]]) -> Curve:
    """The curve of these decisions; `votes` are confidences of answers and whether they helped."""
    by_votes = len(votes) >= ENOUGH_VOTES
    return Curve([_point(one, decided, votes, by_votes=by_votes) for one in THRESHOLDS], len(decided), len(votes))


def _point(
    threshold: float, decided: Sequence[Decided], votes: Sequence[tuple[float, bool]], *, by_votes: bool
) -> Point:
    above = [one for one in decided if one.confidence >= threshold]
    voted = [helped for confidence, helped in votes if confidence >= threshold]
    answered = len(above) / len(decided) if decided else None
    if by_votes:
        return Point(threshold, answered, voted.count(False) / len(voted) if voted else None, len(voted))
    measured = [(one.confidence, one.right_of_such) for one in above if one.right_of_such is not None]
    right = min(measured)[1] if measured else None
    return Point(threshold, answered, None if right is None else round(1 - right, 4), len(voted))


async def _decided(connection: AsyncConnection) -> Sequence[Decided]:
    wanted = select(_a.confidence, right_of_such().label("right")).where(_a.reason.in_(_BY_CONFIDENCE))
    rows = await connection.execute(wanted.order_by(_a.created_at.desc()).limit(LOOKED_AT))
    return [Decided(row.confidence, row.right) for row in rows]


async def _votes(connection: AsyncConnection) -> Sequence[tuple[float, bool]]:
    turn = and_(_a.conversation_id == _o.conversation_id, _a.turn_to == _o.turn_to)
    newest = select(_f.reply_key, _f.vote, _f.given_at).order_by(_f.given_at.desc()).limit(LOOKED_AT).subquery()
    wanted = (
        select(_a.confidence, newest.c.vote)
        .select_from(newest.join(outbound, _o.reply_key == newest.c.reply_key).join(answers, turn))
        .where(_a.decision == "answer")
    )
    return [(row.confidence, row.vote > 0) for row in await connection.execute(wanted)]
