"""What staff in Telegram have yet to be told of what happened elsewhere: what colleagues wrote, and who answers now."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.schema.operator_tables import assignments, operators
from supportbot.common.database.schema.staff_tables import staff_places
from supportbot.common.database.schema.tables import conversations, outbound
from supportbot.common.database.staff_places import Place
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ConversationId


async def places_behind(connection: AsyncConnection, limit: int) -> list[ConversationId]:
    """Conversations in which something was said, or changed, of which staff in Telegram may not know."""
    p, c = staff_places.c, conversations.c
    found = select(p.conversation_id).join_from(staff_places, conversations, c.id == p.conversation_id)
    found = found.where(or_(p.told_out < c.out_seq, p.told_mode != c.mode)).order_by(c.active_at).limit(limit)
    return [ConversationId(one) for one in (await connection.execute(found)).scalars()]


async def replies_elsewhere(tx: Transaction, place: Place) -> tuple[Sequence[Row[Any]], int | None]:
    """What people replied elsewhere, before the first reply that is still on its way; and which one that is."""
    o = outbound.c
    said = select(o.out_seq, o.part, o.status, o.body, o.author_name, o.details, o.external_id)
    said = said.where(o.lane == str(place.conversation_id), o.author == "person", o.repeat == 0)
    rows = (await tx.execute(said.where(o.out_seq > place.told_out).order_by(o.out_seq, o.part))).all()
    going = next((row.out_seq for row in rows if row.status in {"waiting", "sending"}), None)
    told = [row for row in rows if row.status != "cancelled" and "twins" not in row.details]
    return [row for row in told if going is None or row.out_seq < going], going


async def who_took(tx: Transaction, conversation_id: ConversationId) -> str:
    """The name of the operator who took it in the inbox; empty where that is not known."""
    c = assignments.c
    found = select(operators.c.name).join_from(assignments, operators, operators.c.id == c.operator_id)
    return (await tx.execute(found.where(c.conversation_id == conversation_id))).scalar_one_or_none() or ""


async def note_mode(tx: Transaction, conversation_id: ConversationId, mode: str) -> None:
    """Note that staff in Telegram know who answers."""
    at = staff_places.c.conversation_id == conversation_id
    await tx.execute(update(staff_places).where(at).values(told_mode=mode))


async def note_told(tx: Transaction, place: Place, out_seq: int) -> None:
    """Note up to which reply staff in Telegram know."""
    at = staff_places.c.conversation_id == place.conversation_id
    await tx.execute(update(staff_places).where(at).values(told_out=out_seq))
