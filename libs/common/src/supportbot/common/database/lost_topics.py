"""A topic in which nothing could be said, because somebody deleted or closed it, is made anew or opened again."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, select, update

from supportbot.common.database.clock import after, now
from supportbot.common.database.schema.staff_tables import staff_places
from supportbot.common.database.schema.tables import conversations, escalations, outbound
from supportbot.common.database.staff_places import CARD, TOPIC, Place, place_of
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ConversationId

_BEFORE = -2
"""The part of a row that has to go before what could not be sent."""


async def make_way(tx: Transaction, reply_key: str, *, gone: bool) -> None:
    """Have what could not be sent wait behind its topic's making anew (`gone`) or opening again."""
    o = outbound.c
    row = (await tx.execute(select(outbound).where(o.reply_key == reply_key))).one_or_none()
    if row is None or row.conversation_id is None:
        return
    place = await place_of(tx, ConversationId(row.conversation_id))
    if place is None:
        return
    mine = staff_places.c.conversation_id == place.conversation_id
    steps: list[tuple[str, str, Mapping[str, Any]]] = [("reopen", "", {})]
    if gone:
        steps = [("make", await _name_of_topic(tx, place), {})]
        if not str(row.details.get("kind", "")).startswith("card"):
            steps.append(("", *await _card_of(tx, place)))
        await tx.execute(update(staff_places).where(mine).values(topic=None))
        waiting = and_(o.lane == row.lane, o.status == "waiting")
        await tx.execute(update(outbound).where(waiting).values(chat=str(place.chat)))
    await tx.execute(update(staff_places).where(mine).values(is_open=True))
    for number, (step, body, shown) in enumerate(steps):
        copy = {
            **row._asdict(),
            "reply_key": f"{row.reply_key}:{step or 'card'}:{row.attempts}",
            "part": _BEFORE + number,
        }
        details = {**shown, "conversation": str(place.conversation_id)} | ({TOPIC: step} if step else {})
        copy |= {"author": "act" if step else "staff_notice", "body": body, "details": details, "status": "waiting"}
        copy |= {"not_before": now(), "attempts": 0, "token": None, "error": None, "external_id": None}
        await insert_if_absent(tx, outbound, copy)
    again = update(outbound).where(o.reply_key == reply_key)
    await tx.execute(again.values(status="waiting", token=None, not_before=after(0.0)))


async def _name_of_topic(tx: Transaction, place: Place) -> str:
    """What the topic was called when it was made first; of that nothing may be left."""
    o, c = outbound.c, conversations.c
    made = select(o.body).where(o.reply_key.startswith(f"topic:{place.conversation_id}:make:", autoescape=True))
    first: str | None = (await tx.execute(made.order_by(o.created_at).limit(1))).scalar_one_or_none()
    person: str = (await tx.execute(select(c.user_name).where(c.id == place.conversation_id))).scalar_one()
    return first or person


async def _card_of(tx: Transaction, place: Place) -> tuple[str, Mapping[str, Any]]:
    """The newest card of a place; with its buttons, as long as what it tells of waits for somebody."""
    p, e, c, o = staff_places.c, escalations.c, conversations.c, outbound.c
    text = (await tx.execute(select(p.card).where(p.conversation_id == place.conversation_id))).scalar_one()
    waits = and_(e.conversation_id == place.conversation_id, e.state == "open", c.mode == "machine")
    newest = select(e.id).join_from(escalations, conversations, c.id == e.conversation_id).where(waits)
    escalation = (await tx.execute(newest.order_by(e.created_at.desc()).limit(1))).scalar_one_or_none()
    told = select(o.details).where(o.reply_key == f"{CARD}{escalation}")
    details = (await tx.execute(told)).scalar_one_or_none()
    return text, details or {"kind": "staff_note"}
