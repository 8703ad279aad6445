"""Two transactions on one conversation at the same moment: the second one acts on what the first one left.

Only PostgreSQL runs two writers at a time.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database import conversations as people
from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.turns import LEASE_S, TurnLostError, claim_turn, finish_turn
from tests.protocol.probe import Probe
from tests.protocol.worker import think

pytestmark = pytest.mark.postgres
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@pytest.fixture
async def probe(postgres_database: PostgresDatabase) -> Probe:
    """One chat on PostgreSQL."""
    return await Probe.open(postgres_database)


@contextlib.asynccontextmanager
async def held(probe: Probe, work: Callable[[Transaction], Awaitable[Any]]) -> AsyncGenerator[None]:
    """Run `work`, and commit it only at the end of the block, once somebody waits for it."""
    done, commit = asyncio.Event(), asyncio.Event()

    async def wait(tx: Transaction) -> None:
        await work(tx)
        done.set()
        await commit.wait()

    writing = asyncio.create_task(probe.database.write(wait))
    await done.wait()
    yield
    while not await probe.database.read(_count_waiting):  # noqa: ASYNC110  # the server tells only whoever asks
        await asyncio.sleep(0.005)
    commit.set()
    await writing


async def _count_waiting(connection: AsyncConnection) -> int:
    count: int = (await connection.execute(_WAITING)).scalar_one()
    return count


@pytest.mark.parametrize("deed", [people.take_over, people.hand_back, people.close, people.delete_conversation])
async def test_a_turn_is_not_finished_by_whoever_loses_it_at_that_moment(
    probe: Probe, deed: Callable[..., Awaitable[None]]
) -> None:
    asked = await probe.ask(1, "one")
    turn = await probe.claim()
    async with held(probe, lambda tx: deed(tx, asked.conversation_id)):
        finishing = asyncio.create_task(probe.finish(turn))
    with pytest.raises(TurnLostError):
        await finishing
    assert await probe.replies() == []


async def test_a_turn_that_is_claimed_anew_at_that_moment_is_not_finished_twice(probe: Probe) -> None:
    await probe.ask(1, "one")
    slow = await probe.claim()
    await probe.later(LEASE_S + 1)
    async with held(probe, claim_turn):
        finishing = asyncio.create_task(probe.finish(slow))
    with pytest.raises(TurnLostError):
        await finishing


async def test_a_reply_that_is_stored_at_that_moment_is_cancelled_by_a_take_over(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    turn = await probe.claim()
    outcome = await think(probe.database, turn)
    async with held(probe, lambda tx: finish_turn(tx, turn, outcome)):
        taking = asyncio.create_task(probe.database.write(lambda tx: people.take_over(tx, asked.conversation_id)))
    await taking
    assert [row.status for row in await probe.replies()] == ["cancelled"]
    assert (await probe.conversation(asked.conversation_id)).done_seq == 0


async def test_a_message_that_comes_while_its_conversation_is_deleted_begins_a_new_one(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    async with held(probe, lambda tx: people.delete_conversation(tx, asked.conversation_id)):
        asking = asyncio.create_task(probe.ask(2, "two"))
    received = await asking
    assert (received.conversation_id != asked.conversation_id, received.seq) == (True, 1)


async def test_a_message_that_comes_while_a_turn_is_finished_is_due(probe: Probe) -> None:
    await probe.ask(1, "one")
    turn = await probe.claim()
    outcome = await think(probe.database, turn)
    async with held(probe, lambda tx: finish_turn(tx, turn, outcome)):
        asking = asyncio.create_task(probe.ask(2, "two"))
    await asking
    assert (await probe.claim()).turn_to == 2


async def test_two_replies_of_people_at_the_same_moment_get_two_places(probe: Probe) -> None:
    asked = await probe.ask(1, "one")
    first = people.operator_reply
    async with held(probe, lambda tx: first(tx, asked.conversation_id, text="a", operator="Ann", seen=1)):
        replying = asyncio.create_task(probe.reply(asked.conversation_id, 1))
    await replying
    assert [row.out_seq for row in await probe.replies()] == [1, 2]
