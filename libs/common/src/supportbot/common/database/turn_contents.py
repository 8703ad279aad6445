"""What a claimed turn asks, and what was said in its conversation before."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.tables import conversations, messages, outbound
from supportbot.common.database.turns import Turn


@dataclass(frozen=True, slots=True)
class TurnMessage:
    """One message of a turn."""

    kind: str
    text: str
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """Something said earlier in a conversation: `role` is user, machine or person."""

    role: str
    text: str


async def turn_messages(connection: AsyncConnection, turn: Turn) -> list[TurnMessage]:
    """The messages that make up a turn's question, in their order, without those that were edited since."""
    place = {"of_conversation": turn.conversation_id, "done": turn.done_seq, "newest": turn.turn_to}
    rows = await connection.execute(_messages_of_turn(), place)
    return [TurnMessage(row.kind, row.text, row.traceparent) for row in rows]


@prepared
def _messages_of_turn() -> Select[Any]:
    c, edit = messages.c, messages.alias("edit").c
    conversation: BindParameter[UUID] = bindparam("of_conversation")
    newest: BindParameter[int] = bindparam("newest")
    edits_in_turn = select(edit.id).where(edit.conversation_id == conversation, edit.seq <= newest)
    return (
        select(c.kind, c.text, c.traceparent)
        .where(c.conversation_id == conversation, c.seq > bindparam("done"), c.seq <= newest)
        .where(or_(c.superseded_by.is_(None), c.superseded_by.not_in(edits_in_turn)))
        .order_by(func.coalesce(c.external_id, c.seq), c.seq)
    )


async def earlier_exchanges(connection: AsyncConnection, turn: Turn, limit: int) -> list[Exchange]:
    """The last `limit` things said before a turn and since its conversation began anew, oldest first."""
    of_conversation = {"of_conversation": turn.conversation_id, "most": limit}
    questions = await connection.execute(_earlier_questions(), {**of_conversation, "done": turn.done_seq})
    replies = await connection.execute(_earlier_replies(), {**of_conversation, "in_lane": str(turn.conversation_id)})
    said = [(row.received_at, Exchange("user", row.text)) for row in questions]
    said += [(row.created_at, Exchange(row.author, row.body)) for row in replies]
    said.sort(key=lambda entry: entry[0])
    return [exchange for _, exchange in said[-limit:]]


@prepared
def _earlier_questions() -> Select[Any]:
    c = messages.c
    return (
        select(c.text, c.received_at)
        .where(c.conversation_id == bindparam("of_conversation"), c.seq <= bindparam("done"), c.text != "")
        .where(c.superseded_by.is_(None), c.seq > _begun_anew(conversations.c.context_seq))
        .order_by(c.seq.desc())
        .limit(bindparam("most", type_=Integer()))
    )


@prepared
def _earlier_replies() -> Select[Any]:
    c = outbound.c
    return (
        select(c.author, c.body, c.created_at)
        .where(c.lane == bindparam("in_lane"), c.repeat == 0, c.status != "cancelled")
        .where(c.out_seq > _begun_anew(conversations.c.context_out_seq))
        .where(or_(c.author != "machine", c.turn_to.is_not(None)))  # what answers a command is no part of the talk
        .order_by(c.out_seq.desc(), c.part.desc())
        .limit(bindparam("most", type_=Integer()))
    )


def _begun_anew(place: ColumnElement[int]) -> ColumnElement[int]:
    """After which message or reply the conversation began anew."""
    return select(place).where(conversations.c.id == bindparam("of_conversation")).scalar_subquery()
