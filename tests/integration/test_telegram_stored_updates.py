"""When the newest update of a bot was stored: known to every process, and found without reading all that ever came."""

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import after
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.tables import updates
from supportbot.common.database.transactions import Database
from supportbot.common.database.updates import remember_update
from supportbot.common.ids import BotId
from supportbot.gateway.adapters.stored_updates import LOOKED_BACK_S, SqlStoredUpdates, newest_of

BOT = BotId("1")


async def remember(database: Database, source: str, update_id: str) -> None:
    await database.write(lambda tx: remember_update(tx, source, update_id, "hash"))


@pytest.mark.parametrize("other", ["2", "web:visitor"])
async def test_only_what_came_to_this_very_bot_counts(database: Database, other: str) -> None:
    stored = SqlStoredUpdates(database, BOT)
    await remember(database, other, "1")
    assert await stored.newest() is None
    await remember(database, BOT, "1")
    first = await stored.newest()
    await remember(database, BOT, "2")
    second = await stored.newest()
    await remember(database, other, "2")
    assert first is not None
    assert second is not None
    assert second > first
    assert await stored.newest() == second


async def test_what_is_long_past_is_not_looked_for(database: Database) -> None:
    await remember(database, BOT, "1")
    past = update(updates).values(received_at=after(-LOOKED_BACK_S - 1))
    await database.write(lambda tx: tx.execute(past))
    assert await SqlStoredUpdates(database, BOT).newest() is None


async def test_sqlite_looks_at_the_newest_first(sqlite_database: SqliteDatabase) -> None:
    async def plan(connection: AsyncConnection) -> str:
        compiled = newest_of(BOT).compile(connection.sync_engine, compile_kwargs={"literal_binds": True})
        rows = await connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))
        return "\n".join(row.detail for row in rows)

    found = await sqlite_database.read(plan)
    assert "ix_updates_received_at" in found
    assert "TEMP B-TREE" not in found
