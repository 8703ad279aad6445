"""One suite for the port Database, on SQLite and on PostgreSQL."""

import asyncio

import pytest
from opentelemetry import context as otel_context
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import AlertRaised
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.clock import after, now, statement_start
from supportbot.common.database.schema.tables import bots, conversations, outbox
from supportbot.common.database.transactions import Database, Lane, Transaction
from supportbot.common.ids import uuid7

LANES: tuple[Lane, ...] = ("work", "intake", "relaxed")


async def _conversations(connection: AsyncConnection) -> int:
    count: int = (await connection.execute(select(func.count()).select_from(conversations))).scalar_one()
    return count


async def _stored(connection: AsyncConnection) -> set[str]:
    return set((await connection.execute(select(bots.c.bot))).scalars())


async def _add(tx: Transaction, bot: str) -> str:
    never = after(-1)
    await tx.execute(insert(bots).values(bot=bot, sender_until=never, poller_until=never))
    return bot


def _alert(text: str) -> AlertRaised:
    return AlertRaised(correlation_id=uuid7(), kind="test", severity="warning", text=text)


async def test_a_new_database_is_empty(database: Database) -> None:
    assert await database.read(_conversations) == 0


@pytest.mark.parametrize("lane", LANES)
async def test_what_was_written_is_read(database: Database, lane: Lane) -> None:
    assert await database.write(lambda tx: _add(tx, "one"), lane=lane) == "one"
    assert await database.read(_stored) == {"one"}


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    async def fail(tx: Transaction) -> None:
        await _add(tx, "one")
        await tx.emit(_alert("never"))
        raise LookupError

    heard: list[Event] = []
    database.after_commit(heard.extend)
    with pytest.raises(LookupError):
        await database.write(fail)
    assert await database.read(_stored) == set()
    assert heard == []


async def test_a_violated_constraint_is_the_callers_to_see(database: Database) -> None:
    await database.write(lambda tx: _add(tx, "one"))
    with pytest.raises(IntegrityError):
        await database.write(lambda tx: _add(tx, "one"))
    assert await database.write(lambda tx: _add(tx, "two")) == "two"


async def test_events_are_handed_on_after_their_commit_and_in_its_order(database: Database) -> None:
    heard: list[Event] = []
    database.after_commit(heard.extend)
    events = [_alert("one"), _alert("two")]

    async def work(tx: Transaction) -> int:
        for event in events:
            await tx.emit(event)
        return len(heard)

    assert await database.write(work) == 0
    assert heard == events


async def test_an_event_is_stored_with_the_trace_of_whoever_emitted_it(database: Database) -> None:
    async def ask(name: str) -> object:
        otel_context.attach(otel_context.set_value("caller", name))

        async def work(tx: Transaction) -> object:
            await tx.emit(_alert(name))
            return otel_context.get_value("caller")

        return await database.write(work)

    names = ["first", "second", "third"]
    assert await asyncio.gather(*(asyncio.create_task(ask(name)) for name in names)) == names

    async def count(connection: AsyncConnection) -> int:
        rows: int = (await connection.execute(select(func.count()).select_from(outbox))).scalar_one()
        return rows

    assert await database.read(count) == 3


async def test_concurrent_changes_of_one_row_all_count(database: Database) -> None:
    await database.write(lambda tx: _add(tx, "0"))

    async def count_up(tx: Transaction) -> None:
        from sqlalchemy import Integer, String, cast, update

        await tx.execute(update(bots).values(bot=cast(cast(bots.c.bot, Integer) + 1, String)))

    await asyncio.gather(*(database.write(count_up) for _ in range(20)))
    assert await database.read(_stored) == {"20"}


async def test_the_clock_of_the_database_is_right_and_moves(database: Database) -> None:
    async def differences(connection: AsyncConnection) -> tuple[float, float, float]:
        row = (await connection.execute(select(now(), after(90.5), statement_start(), statement_start(-60)))).one()
        return (
            (row[1] - row[0]).total_seconds(),
            (row[2] - row[0]).total_seconds(),
            (row[3] - row[2]).total_seconds(),
        )

    ahead, start, before = await database.read(differences)
    assert ahead == pytest.approx(90.5, abs=1)
    assert start == pytest.approx(0, abs=1)
    assert before == pytest.approx(-60, abs=1)


async def test_the_pool_reports_what_is_in_use_and_never_less_than_nothing(database: Database) -> None:
    idle = database.pool_status()
    assert (idle["checked_out"], idle["overflow"]) == (0, 0)
    assert idle["size"] > 0

    async def look(_connection: AsyncConnection) -> dict[str, int]:
        return database.pool_status()

    assert (await database.read(look))["checked_out"] == 1
