"""Which updates of a bot were stored lately, by whichever process."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import statement_start
from supportbot.common.database.tables import updates
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
        c = updates.c
        recent = select(c.received_at).where(c.bot == self._bot, c.received_at > statement_start(-LOOKED_BACK_S))
        newest = recent.order_by(c.received_at.desc()).limit(1)

        async def work(connection: AsyncConnection) -> datetime | None:
            return (await connection.execute(newest)).scalar_one_or_none()

        return await self._database.read(work)
