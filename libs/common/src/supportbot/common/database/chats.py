"""What becomes of the chats behind conversations, and what the sender wants to know about its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import statement_start
from supportbot.common.database.outbound import Outgoing, sendable
from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.tables import conversations, messages, outbound, unsettled
from supportbot.common.database.statements import earliest_pending
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that may be sent now; whether an uncertain one is due."""

    rows: list[Outgoing]
    uncertain_due: bool


async def move_chat(tx: Transaction, bot: BotId, *, old: str, new: str) -> None:
    """Go on in the chat that took the place of `old`: with its conversation, and with what waits to be sent there."""
    c, o = conversations.c, outbound.c
    here = and_(c.channel == "telegram", c.bot == bot)
    taken = (await tx.execute(select(c.id).where(here, c.chat == new))).scalar_one_or_none()
    if taken is None:
        await tx.execute(update(conversations).where(here, c.chat == old).values(chat=new, unreachable=False))
    open_ones = and_(unsettled, o.bot == bot, o.chat == old)
    await tx.execute(update(outbound).where(open_ones).values(chat=new))


async def set_reachable(tx: Transaction, bot: BotId, chat: str, *, reachable: bool) -> None:
    """Note that a person blocked the bot, or came back."""
    c = conversations.c
    theirs = and_(c.channel == "telegram", c.bot == bot, c.chat == chat)
    await tx.execute(update(conversations).where(theirs).values(unreachable=not reachable))


async def has_text(connection: AsyncConnection, bot: BotId, chat: str, external_id: int, text: str) -> bool:
    """Whether the newest state of a message has this very text: an edit that changed nothing."""
    c, m = conversations.c, messages.c
    statement = (
        select(m.text)
        .join_from(messages, conversations, c.id == m.conversation_id)
        .where(c.channel == "telegram", c.bot == bot, c.chat == chat, m.external_id == external_id)
        .where(m.superseded_by.is_(None))
        .order_by(m.seq.desc())
        .limit(1)
    )
    return bool((await connection.execute(statement)).scalar_one_or_none() == text)


async def chats_in_work(connection: AsyncConnection, bot: BotId, limit: int) -> list[str]:
    """Chats for which an answer is being made at this moment; of so many that wait, not all are looked at."""
    c = conversations.c
    first = earliest_pending(c.chat, c.token, c.channel, c.bot).c
    theirs = select(first.chat).where(first.token.is_not(None), first.channel == "telegram", first.bot == bot)
    return list((await connection.execute(theirs.limit(limit))).scalars())


@dataclass(frozen=True, slots=True)
class InWork:
    """A turn that is being answered: where, and by which attempt."""

    chat: str
    token: UUID


async def turns_in_work(
    connection: AsyncConnection, *, bot: BotId, conversations_of: Sequence[UUID]
) -> dict[UUID, InWork]:
    """Which of these conversations are a bot's, and are being answered at this moment."""
    c = conversations.c
    theirs = and_(c.id.in_(conversations_of), c.channel == "telegram", c.bot == bot, c.token.is_not(None))
    rows = await connection.execute(select(c.id, c.chat, c.token).where(theirs, c.mode == "machine"))
    return {row.id: InWork(row.chat, row.token) for row in rows}


async def uncertain_is_due(connection: AsyncConnection, bot: BotId) -> bool:
    """Whether something has been uncertain for long enough."""
    return bool((await connection.execute(_uncertain_due(), {"of_bot": bot})).scalar_one())


@prepared
def _uncertain_due() -> Select[Any]:
    o = outbound.c
    due = and_(o.status == "uncertain", o.resolve_at <= statement_start())
    return select(exists().where(unsettled, o.bot == bindparam("of_bot"), due))


async def unsettled_uncertain(connection: AsyncConnection, bot: BotId) -> list[str]:
    """Replies that may or may not have arrived and are not settled yet."""
    o = outbound.c
    open_ones = and_(unsettled, o.bot == bot, o.status == "uncertain", o.resolve_at.is_not(None))
    return list((await connection.execute(select(o.reply_key).where(open_ones))).scalars())


async def look_for_sendable(connection: AsyncConnection, bot: BotId, limit: int) -> Waiting:
    """What a bot's sender has to do now."""
    rows = await sendable(connection, bot, limit)
    return Waiting(rows, await uncertain_is_due(connection, bot))
