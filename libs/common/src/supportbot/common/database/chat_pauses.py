"""Chats that Telegram wants to be left alone for a while. Kept, so that a restart or another sender obeys it too."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import after, now, statement_start
from supportbot.common.database.schema.tables import chat_pauses
from supportbot.common.database.statements import insert_or_update
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId


async def pause_chat(tx: Transaction, bot: BotId, chat: int, seconds: float) -> None:
    """Note that nothing may be sent to a chat for so many seconds from now; what is over is forgotten."""
    await tx.execute(delete(chat_pauses).where(chat_pauses.c.until < now()))
    pause = {"bot": bot, "chat": chat, "seconds": seconds, "until": after(seconds)}
    await insert_or_update(tx, chat_pauses, pause, key=(chat_pauses.c.bot, chat_pauses.c.chat))


async def chat_pauses_s(connection: AsyncConnection, bot: BotId) -> dict[int, float]:
    """The seconds for which chats have yet to be left alone; never more than Telegram said, should the clock jump."""
    c = chat_pauses.c
    wanted = select(c.chat, c.seconds, c.until, statement_start().label("now")).where(c.bot == bot)
    rows = await connection.execute(wanted)
    left = {row.chat: min(row.seconds, (row.until - row.now).total_seconds()) for row in rows}
    return {chat: seconds for chat, seconds in left.items() if seconds > 0}
