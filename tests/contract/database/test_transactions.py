"""One suite for the port Database, on SQLite and on PostgreSQL."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.tables import conversations
from supportbot.common.database.transactions import Database


async def _conversations(connection: AsyncConnection) -> int:
    count: int = (await connection.execute(select(func.count()).select_from(conversations))).scalar_one()
    return count


async def test_a_new_database_is_empty(database: Database) -> None:
    assert await database.read(_conversations) == 0
