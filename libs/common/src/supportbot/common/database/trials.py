"""Questions that somebody tries: answered as users' are, with no conversation, and told to nobody but who asked.

Whoever answers looks for them; one that nobody took, or did not finish, in good time is asked again by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import now, statement_start
from supportbot.common.database.schema.learning_tables import trials, untaken
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import uuid7

WORTH_S: Final = 60.0
"""Nobody waits longer for an answer."""
KEPT_S: Final = 7 * 24 * 3600.0
_c = trials.c


@dataclass(frozen=True, slots=True)
class Trial:
    """A question that was tried; `result` is None until it is answered."""

    id: UUID
    question: str
    asked_by: str
    asked_at: datetime
    result: Mapping[str, Any] | None


async def ask_trial(tx: Transaction, question: str, asked_by: str) -> UUID:
    """Have a question answered for whoever asks."""
    row = {"id": uuid7(), "question": question, "asked_by": asked_by[:80], "asked_at": now()}
    await tx.execute(insert(trials).values(row))
    return row["id"]  # type: ignore[return-value]  # the one value that is no expression


async def any_trial_waits(connection: AsyncConnection) -> bool:
    """Whether there is one to take; it costs a look into an index that is mostly empty."""
    waits = select(exists(select(_c.id).where(untaken, _c.asked_at > statement_start(-WORTH_S))))
    return bool((await connection.execute(waits)).scalar_one())


async def claim_trial(tx: Transaction) -> tuple[UUID, str] | None:
    """Take the one that waits longest: nobody else will."""
    waiting = select(_c.id).where(untaken, _c.asked_at > statement_start(-WORTH_S)).order_by(_c.asked_at).limit(1)
    first = waiting.with_for_update(skip_locked=True).scalar_subquery()
    claimed = update(trials).where(_c.id == first).values(taken_at=now()).returning(_c.id, _c.question)
    row = (await tx.execute(claimed)).one_or_none()
    return None if row is None else (row.id, row.question)


async def finish_trial(tx: Transaction, trial_id: UUID, result: Mapping[str, Any]) -> None:
    """Store what came of it."""
    await tx.execute(update(trials).where(_c.id == trial_id).values(result=dict(result), answered_at=now()))


async def find_trial(connection: AsyncConnection, trial_id: UUID) -> Trial | None:
    """One by id."""
    wanted = select(_c.id, _c.question, _c.asked_by, _c.asked_at, _c.result).where(_c.id == trial_id)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else Trial(*row)


async def forget_trials(tx: Transaction) -> None:
    """Drop those that nobody will look at again."""
    await tx.execute(delete(trials).where(_c.asked_at < statement_start(-KEPT_S)))
