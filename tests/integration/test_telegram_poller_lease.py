"""The poller's lease: one process works, and stops at once when it has lost it, but not for a short outage."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import update

from supportbot.common.database.clock import after
from supportbot.common.database.schema.tables import bots
from supportbot.common.database.transactions import Database
from supportbot.common.ids import BotId
from supportbot.gateway.use_cases.hold_poller import PollerLease
from tests.integration.switchable import SwitchableDatabase

BOT = BotId("1")
RENEW_S = 0.02


class Work:
    """Goes on until it is cancelled."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()

    async def __call__(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()


@asynccontextmanager
async def held(lease: PollerLease, work: Work) -> AsyncGenerator[None]:
    """The lease's loop, running."""
    task: asyncio.Task[None] = asyncio.create_task(lease.hold(work))
    try:
        async with asyncio.timeout(15):
            yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_one_works_and_another_does_when_it_lets_go(database: Database) -> None:
    first, second = (PollerLease(database, BOT, RENEW_S) for _ in range(2))
    one, other = Work(), Work()
    async with AsyncExitStack() as stopping:
        await stopping.enter_async_context(held(first, one))
        await one.begun.wait()
        async with held(second, other):
            await asyncio.sleep(5 * RENEW_S)  # long enough to have asked for the lease
            assert not other.begun.is_set()
            assert not one.ended.is_set()
            await stopping.aclose()
            assert one.ended.is_set()
            await first.release()
            await other.begun.wait()


async def test_work_ends_at_once_when_somebody_else_has_the_lease(database: Database) -> None:
    work = Work()
    async with held(PollerLease(database, BOT, RENEW_S), work):
        await work.begun.wait()
        taken = update(bots).where(bots.c.bot == BOT).values(poller=uuid4(), poller_until=after(30.0))
        await database.write(lambda tx: tx.execute(taken))
        await work.ended.wait()


async def test_a_database_that_is_away_for_a_moment_ends_no_work(sqlite_database: Database) -> None:
    database, work = SwitchableDatabase(sqlite_database), Work()
    async with held(PollerLease(database, BOT, RENEW_S), work):
        await work.begun.wait()
        database.away = True
        await database.refused(3)
        database.away = False
        assert not work.ended.is_set()


async def test_work_that_fails_is_told(database: Database) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await PollerLease(database, BOT, RENEW_S).hold(fail)
