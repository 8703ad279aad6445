"""Questions that somebody new may tap: only such that everybody may have answered, and never out of date for long."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, update

from supportbot.common.bus.local import LocalBus
from supportbot.common.contracts import DocumentRestricted
from supportbot.common.database.clock import now
from supportbot.common.database.schema.tables import documents
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.gateway.adapters.starters import Starters
from supportbot.gateway.entrypoints.starters import StartersWatch
from tests.integration.indexing import eventually

PAY, DISCOUNT, GONE = "How do I pay?", "How far may we discount?", "Is the summer sale on?"


async def store(database: Database, title: str, **values: Any) -> None:
    row = {
        "id": title,
        "origin": "folder",
        "location": title,
        "title": title,
        "language": "en",
        "state": "ready",
        "version": "1",
        "indexed_version": "1",
        **values,
    }

    async def write(tx: Transaction) -> None:
        await tx.execute(insert(documents).values(**row, due_at=now(), updated_at=now()))

    await database.write(write)


async def test_what_not_everybody_may_find_is_nobodys_question(database: Database) -> None:
    await store(database, PAY)
    await store(database, DISCOUNT, audience="operators")
    await store(database, GONE, expires_at=datetime.now(UTC) - timedelta(days=1))
    await store(database, "How do I return it?", state="failed")
    starters = Starters(database)
    await starters.refresh()
    assert list(starters["en"]) == [PAY]
    assert list(starters["ru"]) == []


async def test_a_change_of_who_may_find_it_is_heard(sqlite_database: Database) -> None:
    await store(sqlite_database, PAY)
    bus, starters = LocalBus(), Starters(sqlite_database)
    watch = StartersWatch(starters.refresh, bus)
    await bus.start()
    running = asyncio.create_task(watch.run())
    await watch.look()
    assert list(starters["en"]) == [PAY]

    async def restrict(tx: Transaction) -> None:
        await tx.execute(update(documents).values(audience="operators"))

    await sqlite_database.write(restrict)
    await bus.publish(DocumentRestricted(correlation_id=uuid4(), document=PAY, audience="operators"))

    async def gone() -> bool:
        return not starters["en"]

    await eventually(gone)
    running.cancel()
    await bus.stop(1.0)


async def test_a_look_that_fails_keeps_what_was_seen() -> None:
    async def away() -> None:
        raise DatabaseUnavailableError("away")

    await StartersWatch(away, LocalBus()).look()
