"""What was paid to models: a row for every reply, and sums of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, case, cast, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import now
from supportbot.common.database.schema.learning_tables import model_calls
from supportbot.common.database.steps import step_of
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import uuid7

By = Literal["day", "stage", "model", "person", "question"]
INDEXING: Final = ("index", "context")
"""Stages that are paid for documents, not for questions: the limits of a day leave them out."""
GROUPINGS: Final[tuple[By, ...]] = get_args(By)
_EPOCH: Final = date(1970, 1, 1)
_DAY_S: Final = 86400
_c = model_calls.c


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One reply that was paid for."""

    stage: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost: int | None
    """Millionths of the currency of MODEL_PRICES; None where the model has no price there."""
    conversation_id: UUID | None = None
    turn_to: int | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used up since some moment."""

    tokens: int
    cost: int


@dataclass(frozen=True, slots=True)
class CostLine:
    """What was paid for one group of replies."""

    group: str
    """A day, a stage, a model, a conversation's id, or `<conversation>:<turn>`."""
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: int
    unpriced: int
    """How many of the calls were of models without a price, so that `cost` lacks them."""
    questions: int
    """How many different questions they were for."""


async def record_call(tx: Transaction, call: ModelCall) -> None:
    """Count a reply. Belongs into the transaction that keeps the reply, so that none is counted twice."""
    row = {
        "id": uuid7(),
        "conversation_id": call.conversation_id,
        "turn_to": call.turn_to,
        "stage": call.stage,
        "model": call.model[:80],
        "prompt_tokens": call.prompt_tokens,
        "completion_tokens": call.completion_tokens,
        "cost": call.cost,
    }
    await tx.execute(insert(model_calls).values(**row, created_at=now()))


async def spent_today(connection: AsyncConnection, conversation_id: UUID | None = None) -> Spent:
    """What questions of the UTC day have cost so far, of one person or of all."""
    moment = (await connection.execute(select(now()))).scalar_one().astimezone(UTC)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    tokens = func.sum(_c.prompt_tokens + _c.completion_tokens)
    wanted = select(func.coalesce(tokens, 0), func.coalesce(func.sum(_c.cost), 0)).where(
        _c.created_at >= midnight, _c.stage.not_in(INDEXING)
    )
    if conversation_id is not None:
        wanted = wanted.where(_c.conversation_id == conversation_id)
    row = (await connection.execute(wanted)).one()
    return Spent(int(row[0]), int(row[1]))


async def costs(connection: AsyncConnection, *, by: By, since: date, until: date, limit: int) -> Sequence[CostLine]:
    """Sums from the beginning of `since` to the end of `until`, in UTC: days in their order, else the dearest first."""
    keys = _keys(by)
    rows = await connection.execute(_sums(by, keys, since, until).limit(limit))
    return [CostLine(_named(by, row[: len(keys)]), *map(int, row[len(keys) :])) for row in rows]


def _sums(by: By, keys: Sequence[ColumnElement[Any]], since: date, until: date) -> Select[Any]:
    prompt, completion = func.sum(_c.prompt_tokens), func.sum(_c.completion_tokens)
    cost = func.coalesce(func.sum(_c.cost), 0)
    unpriced = func.sum(case((_c.cost.is_(None), 1), else_=0))
    questions = func.count(func.distinct(cast(_c.conversation_id, String) + ":" + cast(_c.turn_to, String)))
    statement = select(*keys, func.count(), prompt, completion, cost, unpriced, questions)
    statement = statement.where(_c.created_at >= _midnight(since), _c.created_at < _midnight(until + timedelta(days=1)))
    order = keys if by == "day" else [cost.desc(), (prompt + completion).desc(), *keys]
    return statement.group_by(*keys).order_by(*order)


def _keys(by: By) -> list[ColumnElement[Any]]:
    if by == "question":
        return [_c.conversation_id, _c.turn_to]
    columns: dict[By, ColumnElement[Any]] = {
        "day": step_of(_c.created_at, _DAY_S),
        "stage": _c.stage,
        "model": _c.model,
        "person": _c.conversation_id,
    }
    return [columns[by]]


def _named(by: By, values: Sequence[Any]) -> str:
    if by == "day":
        return (_EPOCH + timedelta(days=int(values[0]))).isoformat()
    return ":".join(str(value) for value in values if value is not None)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
