"""The outbox beside a real bus: what a test stores in it, and what is left there."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.bus.port import Bus
from supportbot.common.contracts import Event
from supportbot.common.database.outbox import UNCONFIRMED_S, OutboxPublisher
from supportbot.common.database.schema.tables import outbox
from supportbot.common.database.transactions import Database
from tests.protocol.moments import let_time_pass


async def store(database: Database, event: Event) -> None:
    """Commit an event, as if with the fact that it tells."""
    await database.write(lambda tx: tx.emit(event))


async def rows(database: Database) -> int:
    """How many events wait."""

    async def read(connection: AsyncConnection) -> int:
        count: int = (await connection.execute(select(func.count()).select_from(outbox))).scalar_one()
        return count

    return await database.read(read)


@asynccontextmanager
async def publishing(database: Database, bus: Bus) -> AsyncGenerator[OutboxPublisher]:
    """A publisher at work."""
    publisher = OutboxPublisher(database, bus)
    await publisher.start()
    yield publisher
    await publisher.stop()


async def sweep_later(database: Database, publisher: OutboxPublisher) -> int:
    """Sweep when what waits is old enough. Returns how many rows were dealt with."""
    await let_time_pass(database, UNCONFIRMED_S + 1)
    return await publisher.sweep()
