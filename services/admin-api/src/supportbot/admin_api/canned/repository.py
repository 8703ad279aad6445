"""Ready-made replies in the database; staff in Telegram read and write the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.schema.staff_tables import canned_replies
from supportbot.common.database.statements import insert_or_update
from supportbot.common.database.transactions import Transaction

_c = canned_replies.c


@dataclass(frozen=True, slots=True)
class Canned:
    """A ready-made reply."""

    name: str
    text: str


async def every_canned(connection: AsyncConnection) -> Sequence[Canned]:
    """All of them, by name."""
    rows = await connection.execute(select(_c.name, _c.text).order_by(_c.name))
    return [Canned(row.name, row.text) for row in rows]


async def count_canned(tx: Transaction) -> int:
    """How many there are."""
    counted: int = (await tx.execute(select(func.count()).select_from(canned_replies))).scalar_one()
    return counted


async def put_canned(tx: Transaction, one: Canned) -> None:
    """Keep it, in place of one with the same name."""
    await insert_or_update(tx, canned_replies, {"name": one.name, "text": one.text}, key=[_c.name])


async def delete_canned(tx: Transaction, name: str) -> bool:
    """Whether there was one."""
    return (await tx.execute(delete(canned_replies).where(_c.name == name))).rowcount == 1
