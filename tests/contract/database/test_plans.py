"""What is asked all the time is served by an index, however much is stored."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.chats import chats_in_work, uncertain_is_due, unsettled_uncertain
from supportbot.common.database.leases import acquire_sender
from supportbot.common.database.outbound import inherit_unfinished, repeat_uncertain, sendable
from supportbot.common.database.sweep import note_backlog, reset_far_future
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.database.turns import claim_turn, next_due_in_s
from supportbot.common.ids import BotId
from tests.contract.database.filling import fill_conversations, fill_outbound

ROWS = 20_000
BOT = BotId("1001")
SENDER = uuid4()


async def plans_of(database: Database, ask: Callable[[Transaction], Awaitable[Any]]) -> list[str]:
    """How the database runs the statements that `ask` executes, with parameters whose values it does not know."""

    async def work(tx: Transaction) -> list[str]:
        statements: list[tuple[str, Any]] = []

        def record(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
            statements.append((statement, parameters))

        event.listen(tx.connection.sync_connection, "before_cursor_execute", record)
        await ask(tx)
        event.remove(tx.connection.sync_connection, "before_cursor_execute", record)
        return [await _explain(tx.connection, statement, parameters) for statement, parameters in statements]

    return await database.write(work)


async def _explain(connection: AsyncConnection, statement: str, parameters: Any) -> str:
    if connection.dialect.name == "sqlite":
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return "\n".join(row.detail for row in rows)
    await connection.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
    await connection.exec_driver_sql(f"PREPARE probe AS {statement}")
    nothing = f"({', '.join(['NULL'] * len(parameters))})" if parameters else ""
    rows = await connection.exec_driver_sql(f"EXPLAIN EXECUTE probe{nothing}")
    plan = "\n".join(row[0] for row in rows)
    await connection.exec_driver_sql("DEALLOCATE probe")
    return plan


def reads_all_of(plan: str, table: str) -> bool:
    """Whether a plan looks at every row of a table."""
    return any(
        f"Seq Scan on {table}" in line or (line.startswith(f"SCAN {table}") and "INDEX" not in line)
        for line in plan.splitlines()
    )


async def test_a_claim_takes_the_first_entry_of_the_index_of_due_turns(database: Database) -> None:
    await fill_conversations(database, ROWS)
    (plan,) = await plans_of(database, claim_turn)
    assert "ix_conversations_due" in plan
    assert not reads_all_of(plan, "conversations"), plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


async def test_looking_for_the_next_due_turn_uses_the_same_index(database: Database) -> None:
    await fill_conversations(database, ROWS)
    (plan,) = await plans_of(database, lambda tx: next_due_in_s(tx.connection))
    assert "ix_conversations_due" in plan, plan


async def test_looking_for_replies_to_send_reads_only_what_is_unsettled(database: Database) -> None:
    await fill_outbound(database, ROWS, lanes=200, waiting=100)
    (plan,) = await plans_of(database, lambda tx: sendable(tx.connection, BOT, 100))
    assert "ix_outbound_unsettled" in plan, plan
    assert not reads_all_of(plan, "outbound"), plan


@pytest.mark.parametrize(
    "ask",
    [
        lambda tx: uncertain_is_due(tx.connection, BOT),
        lambda tx: unsettled_uncertain(tx.connection, BOT),
        lambda tx: repeat_uncertain(tx, BOT, repeat=True),
        lambda tx: inherit_unfinished(tx, BOT, SENDER),
        lambda tx: chats_in_work(tx.connection, BOT, 10),
        lambda tx: note_backlog(tx.connection),
        reset_far_future,
    ],
)
async def test_upkeep_reads_only_what_is_unsettled(
    database: Database, ask: Callable[[Transaction], Awaitable[Any]]
) -> None:
    await fill_conversations(database, ROWS)
    await fill_outbound(database, ROWS, lanes=200, waiting=100)
    assert await database.write(lambda tx: acquire_sender(tx, BOT, SENDER))
    for plan in await plans_of(database, ask):
        assert not reads_all_of(plan, "outbound"), plan
        assert not reads_all_of(plan, "conversations"), plan
