"""All that is stored about a person in Telegram: to be given to them, or deleted."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import statement_start
from supportbot.common.database.conversations import delete_conversation
from supportbot.common.database.outbound import Reply, queue_farewell
from supportbot.common.database.people import forget_person, person_known
from supportbot.common.database.schema.attachment_tables import attachments
from supportbot.common.database.schema.operator_tables import notes
from supportbot.common.database.schema.staff_tables import ratings
from supportbot.common.database.schema.tables import (
    answers,
    conversations,
    escalations,
    feedback,
    messages,
    outbound,
    quarantine,
)
from supportbot.common.database.staff_places import place_of
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId, ConversationId

DELETABLE_S = 47 * 3600.0
"""Telegram lets a bot delete its messages for 48 hours."""
_KEPT_OUT = {"token", "traceparent", "id", "conversation_id", "answer_id", "attempts", "staff_told_at"}
"""Of use to our machinery alone."""


async def personal_data(connection: AsyncConnection, bot: BotId, person: int) -> dict[str, Any]:
    """Everything about a person in their private chat with a bot, as JSON can hold it."""
    rows = (await connection.execute(select(conversations).where(_theirs(bot, person)))).all()
    return {
        "telegram_id": person,
        "chosen_language": (await person_known(connection, bot, person)).language,
        "conversations": [await conversation_data(connection, row) for row in rows],
    }


async def erase_person(tx: Transaction, bot: BotId, person: int) -> None:
    """Delete it all. What is on its way to Telegram at this moment is not called back."""
    found = select(conversations.c.id).where(_theirs(bot, person))
    for conversation_id in (await tx.execute(found)).scalars().all():
        await _call_back(tx, bot, ConversationId(conversation_id))
        await delete_conversation(tx, ConversationId(conversation_id))
    await forget_person(tx, bot, person)
    named = or_(*(quarantine.c.body.contains(f'"id":{space}{person}{end}') for space in ("", " ") for end in ",}"))
    await tx.execute(delete(quarantine).where(quarantine.c.bot == bot, named))


async def _call_back(tx: Transaction, bot: BotId, conversation_id: ConversationId) -> None:
    """Have what staff were told in Telegram deleted there: their topic, and notices that can still be deleted."""
    place = await place_of(tx, conversation_id)
    if place is not None and place.in_group and place.topic is not None:
        act = Reply("", "act", details={"topic": "delete"})
        await queue_farewell(tx, key=f"{conversation_id}:topic", bot=place.bot, chat=place.address, reply=act)
    o = outbound.c
    told = and_(o.conversation_id == conversation_id, o.author == "staff_notice", o.external_id.is_not(None))
    recent = and_(o.bot == bot, ~o.chat.like("-%"), o.sent_at > statement_start(-DELETABLE_S))
    for row in (await tx.execute(select(o.chat, o.external_id).where(told, recent))).all():
        act = Reply("", "act", details={"deletes": row.external_id})
        key = f"{conversation_id}:{row.chat}:{row.external_id}"
        await queue_farewell(tx, key=key, bot=bot, chat=row.chat, reply=act)


def _theirs(bot: BotId, person: int) -> ColumnElement[bool]:
    """Their private chat, with the topics that it may have."""
    c = conversations.c
    return and_(c.channel == "telegram", c.bot == bot, or_(c.chat == str(person), c.chat.like(f"{person}/%")))


async def conversation_data(connection: AsyncConnection, row: Row[Any]) -> dict[str, Any]:
    """Everything about one conversation, as JSON can hold it; `row` is its whole row."""
    to_them = and_(outbound.c.lane == str(row.id), outbound.c.status != "cancelled")
    parts: dict[str, Select[Any]] = {
        "messages": select(messages).where(messages.c.conversation_id == row.id).order_by(messages.c.seq),
        "files": select(attachments).where(attachments.c.conversation_id == row.id).order_by(attachments.c.id),
        "replies": select(outbound).where(to_them).order_by(outbound.c.out_seq, outbound.c.part),
        "answers": select(answers).where(answers.c.conversation_id == row.id).order_by(answers.c.turn_to),
        "passed_to_a_person": select(escalations).where(escalations.c.conversation_id == row.id),
        "notes_of_staff": select(notes).where(notes.c.conversation_id == row.id),
        "ratings": select(ratings).where(ratings.c.conversation_id == row.id),
        "votes": select(feedback).where(feedback.c.conversation_id == row.id),
    }
    told = {name: _told((await connection.execute(part)).all()) for name, part in parts.items()}
    return {"name": row.user_name, "language": row.language, "since": row.created_at, **told}


def _told(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row._mapping.items() if name not in _KEPT_OUT and value is not None}  # noqa: SLF001  # SQLAlchemy's public name
        for row in rows
    ]
