"""Time travel: instead of the clock, every stored moment that decides something is moved."""

from typing import Any

from sqlalchemy import BigInteger, Column, func, type_coerce, update

from supportbot.common.database.schema.tables import bots, chat_pauses, conversations, outbound, outbox, updates
from supportbot.common.database.transactions import Database, Transaction

_MOMENTS: tuple[Column[Any], ...] = (
    conversations.c.due_at,
    outbound.c.not_before,
    outbound.c.resolve_at,
    bots.c.sender_until,
    bots.c.poller_until,
    outbox.c.created_at,
    updates.c.received_at,
    chat_pauses.c.until,
)


async def let_time_pass(database: Database, seconds: float) -> None:
    """Make it `seconds` later for everything that is stored; earlier where negative."""

    async def move(tx: Transaction) -> None:
        for column in _MOMENTS:
            await tx.execute(update(column.table).values({column: _earlier(column, seconds, database.dialect)}))

    await database.write(move, lane="relaxed")


def _earlier(column: Column[Any], seconds: float, dialect: str) -> Any:
    if dialect == "sqlite":
        return type_coerce(column, BigInteger()) - int(seconds * 1_000_000)
    return column - func.make_interval(0, 0, 0, 0, 0, 0, seconds)
