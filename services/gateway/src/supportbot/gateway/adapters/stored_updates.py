"""Which updates of a bot were stored lately, by whichever process."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import statement_start
from supportbot.common.database.schema.tables import updates
from supportbot.common.database.transactions import Database
from supportbot.common.ids import BotId
from supportbot.gateway.ports import StoredUpdates

LOOKED_BACK_S = 600.0
"""Longer than between two looks; further back, visitors' messages would be searched through for nothing."""


class SqlStoredUpdates(StoredUpdates):
    """Reads the table of known updates."""

    def __init__(self, database: Database, bot: BotId) -> None:
        self._database = database
        self._bot = bot

    async def newest(self) -> datetime | None:
        async def work(connection: AsyncConnection) -> datetime | None:
            found: datetime | None = (await connection.execute(newest_of(self._bot))).scalar_one_or_none()
            return found

        return await self._database.read(work)


def newest_of(bot: BotId) -> Select[Any]:
    """When a bot's newest update was stored, looked for among those of the last minutes.

    The bot's column is wrapped, because SQLite would else go through all updates that the bot ever had.
    """
    c = updates.c
    theirs = func.coalesce(c.bot, "") == bot
    recent = select(c.received_at).where(theirs, c.received_at > statement_start(-LOOKED_BACK_S))
    return recent.order_by(c.received_at.desc()).limit(1)
