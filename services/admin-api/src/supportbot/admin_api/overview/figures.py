"""The figures of a span, read by indexes: sums of everything, times of the newest few thousand."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.overview.spans import Span
from supportbot.common.database.schema.learning_tables import model_calls, resolutions
from supportbot.common.database.schema.staff_tables import ratings
from supportbot.common.database.schema.tables import answers, escalations, feedback, messages, outbound
from supportbot.common.database.steps import step_of
from supportbot.common.database.transactions import Database
from supportbot.common.ids import uuid7

SAMPLED: Final = 2000
"""Of the newest answers, hand-overs and closed conversations so many are looked at for how long they took."""
_MICRO: Final = 1_000_000


@dataclass(slots=True)
class Sums:
    """What happened in a step, or in a whole span."""

    answered: int = 0
    escalated: int = 0
    wrong: int = 0
    helpful: int = 0
    stars: int = 0
    rated: int = 0
    cost: int = 0
    """Millionths of the currency of MODEL_PRICES."""

    def add(self, other: "Sums") -> None:
        """Take another's counts in."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def rating(self) -> float | None:
        """Stars on average; None where nobody gave any."""
        return self.stars / self.rated if self.rated else None

    @property
    def money(self) -> float:
        """The cost in the currency itself."""
        return self.cost / _MICRO


@dataclass(frozen=True, slots=True)
class Waits:
    """How long people waited in the middle case, in seconds; None where nobody did."""

    machine: float | None
    """From a question to its answer."""
    person: float | None
    """From a hand-over to a person's first word."""
    resolution: float | None
    """From a conversation's first message to its closing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All about a span."""

    span: Span
    steps: Mapping[int, Sums]
    waits: Waits
    total: Sums = field(default_factory=Sums)

    def __post_init__(self) -> None:
        for one in self.steps.values():
            self.total.add(one)


@dataclass(frozen=True, slots=True)
class FigureStore:
    """Reads figures."""

    database: Database

    async def of(self, span: Span) -> Figures:
        """The figures of a span."""
        return await self.database.read(lambda connection: figures_of(connection, span))


async def figures_of(connection: AsyncConnection, span: Span) -> Figures:
    """The same on a connection."""
    return Figures(span, await _steps(connection, span), await _waits(connection, span))


async def _steps(connection: AsyncConnection, span: Span) -> Mapping[int, Sums]:
    found: defaultdict[int, Sums] = defaultdict(Sums)
    for statement in _sums(span):
        for row in await connection.execute(statement):
            values = {name: int(value or 0) for name, value in row._mapping.items() if name != "step"}  # noqa: SLF001  # its public name
            found[row.step].add(Sums(**values))
    return {step: found[step] for step in span.steps}


def _sums(span: Span) -> Sequence[Select[Any]]:
    a, f, r, m = answers.c, feedback.c, ratings.c, model_calls.c
    decided = _by_step(
        span, a.created_at, answered=_ones(a.decision == "answer"), escalated=_ones(a.decision == "escalate")
    )
    voted = _by_step(span, f.given_at, wrong=_ones(f.vote < 0), helpful=_ones(f.vote > 0))
    rated = _by_step(span, r.given_at, stars=func.sum(r.stars), rated=func.count())
    paid = _by_step(span, m.created_at, cost=func.sum(func.coalesce(m.cost, 0)))
    return decided, voted, rated, paid


def _by_step(span: Span, moment: ColumnElement[Any], **sums: ColumnElement[Any]) -> Select[Any]:
    step = step_of(moment, span.step_s)
    named = (value.label(name) for name, value in sums.items())
    return select(step.label("step"), *named).where(moment >= span.since, moment < span.until).group_by(step)


def _ones(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


async def _waits(connection: AsyncConnection, span: Span) -> Waits:
    """Medians of the newest; times are taken apart here, as only one of the databases can subtract moments."""
    return Waits(
        await _middle(connection, _machine_waits(span)),
        await _middle(connection, _person_waits(span)),
        await _middle(connection, _resolutions(span)),
    )


async def _middle(connection: AsyncConnection, pairs: Select[Any]) -> float | None:
    rows = (await connection.execute(pairs)).all()
    taken = [max(0.0, (until - since).total_seconds()) for since, until in rows if since and until]
    return median(taken) if taken else None


def _machine_waits(span: Span) -> Select[Any]:
    a, m = answers.c, messages.c
    newest = (
        select(a.conversation_id, a.turn_to, a.created_at)
        .where(a.created_at >= span.since, a.created_at < span.until, a.decision == "answer")
        .order_by(a.created_at.desc())
        .limit(SAMPLED)
        .subquery()
    )
    asked = and_(m.conversation_id == newest.c.conversation_id, m.seq == newest.c.turn_to)
    return select(m.received_at, newest.c.created_at).select_from(newest.join(messages, asked))


def _person_waits(span: Span) -> Select[Any]:
    """Ids of hand-overs are in the order in which they were made, so their key serves."""
    e, o = escalations.c, outbound.c
    newest = (
        select(e.conversation_id, e.created_at)
        .where(e.id >= uuid7(int(span.since.timestamp() * 1000)), e.created_at < span.until, e.state == "answered")
        .order_by(e.id.desc())
        .limit(SAMPLED)
        .subquery()
    )
    said = (
        select(func.min(o.created_at))
        .where(
            o.conversation_id == newest.c.conversation_id,
            o.author == "person",
            o.repeat == 0,
            o.created_at >= newest.c.created_at,
        )
        .scalar_subquery()
    )
    return select(newest.c.created_at, said)


def _resolutions(span: Span) -> Select[Any]:
    r = resolutions.c
    closed = select(r.opened_at, r.closed_at).where(r.closed_at >= span.since, r.closed_at < span.until)
    return closed.order_by(r.closed_at.desc()).limit(SAMPLED)
