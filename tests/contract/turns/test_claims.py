"""Claiming, losing, giving back and finishing turns."""

import asyncio

import pytest

from supportbot.common.contracts import CitationData
from supportbot.common.database.conversations import hand_back, take_over
from supportbot.common.database.sweep import reset_far_future, take_possession
from supportbot.common.database.turn_contents import earlier_exchanges, turn_messages
from supportbot.common.database.turns import (
    LEASE_S,
    Outcome,
    Turn,
    TurnLostError,
    claim_turn,
    finish_turn,
    next_due_in_s,
    release_turn,
    renew_turns,
)
from tests.protocol.probe import Probe


async def _texts(probe: Probe, turn: Turn) -> list[str]:
    found = await probe.database.read(lambda connection: turn_messages(connection, turn))
    return [message.text for message in found]


async def test_nothing_is_due_where_nobody_asked(probe: Probe) -> None:
    assert await probe.claim_nothing()
    assert await probe.database.read(next_due_in_s) is None


async def test_a_turn_belongs_to_one_worker(probe: Probe) -> None:
    await probe.ask(1, "one")
    claims = await asyncio.gather(*(probe.database.write(claim_turn) for _ in range(8)))
    assert [turn is not None for turn in claims].count(True) == 1


async def test_every_due_turn_is_claimed_by_exactly_one_of_many_workers(probe: Probe) -> None:
    for chat in range(2, 32):
        await probe.ask(1, "one", chat=str(chat))
    claims = await asyncio.gather(*(probe.database.write(claim_turn) for _ in range(40)))
    owners = [turn.conversation_id for turn in claims if turn is not None]
    assert len(owners) == len(set(owners)) == 30


async def test_the_turn_that_is_due_longest_comes_first(probe: Probe) -> None:
    early = await probe.ask(1, "early", chat="2")
    await probe.later(5)
    await probe.ask(1, "late", chat="3")
    assert (await probe.claim()).conversation_id == early.conversation_id


async def test_a_burst_is_one_question_in_the_order_of_its_message_ids(probe: Probe) -> None:
    await probe.ask(8, "second")
    await probe.ask(7, "first")
    turn = await probe.claim()
    assert (turn.done_seq, turn.turn_to) == (0, 2)
    assert await _texts(probe, turn) == ["first", "second"]


async def test_a_question_waits_for_the_rest_of_its_burst_and_no_longer(probe: Probe) -> None:
    await probe.ask(1, "one", burst_s=5)
    await probe.ask(2, "two", burst_s=60)
    assert await probe.claim_nothing()
    await probe.later(6)
    assert (await probe.claim()).turn_to == 2


async def test_the_next_question_waits_for_its_own_burst(probe: Probe) -> None:
    await probe.ask(1, "one")
    await probe.answer()
    await probe.ask(2, "two", burst_s=5)
    assert await probe.claim_nothing()


async def test_a_finished_turn_leaves_no_attempts_to_the_next(probe: Probe) -> None:
    await probe.ask(1, "one")
    await probe.claim()
    await probe.later(LEASE_S + 1)
    await probe.answer()
    await probe.ask(2, "two")
    assert (await probe.claim()).attempts == 1


async def test_renewing_a_lost_turn_does_not_keep_it_from_whoever_comes_next(probe: Probe) -> None:
    await probe.ask(1, "one")
    lost = await probe.claim()
    await probe.later(LEASE_S + 1)
    await probe.claim()
    await probe.later(LEASE_S - 1)
    await probe.database.write(lambda tx: renew_turns(tx, [lost]))
    await probe.later(2)
    assert (await probe.claim()).attempts == 3


@pytest.mark.parametrize(("decision", "kind"), [("answer", "answer"), ("escalate", "escalation"), ("reply", "note")])
async def test_a_reply_holds_what_a_channel_may_show_beside_its_text(probe: Probe, decision: str, kind: str) -> None:
    await probe.ask(1, "one")
    turn = await probe.claim()
    cited = CitationData(document="returns.md", title="Returns", quote="30 days")
    outcome = Outcome("one", decision, "why", "made", "shown", 0.75, "ru", citations=(cited,))
    await probe.database.write(lambda tx: finish_turn(tx, turn, outcome))
    (reply,) = await probe.replies()
    assert (reply.author, reply.body, reply.turn_from, reply.turn_to) == ("machine", "shown", 1, 1)
    assert reply.details == {
        "kind": kind,
        "reason": "why",
        "confidence": 0.75,
        "language": "ru",
        "citations": [cited.model_dump(mode="json")],
        "caveat": False,
    }


async def test_what_is_asked_during_a_turn_is_the_next_one(probe: Probe) -> None:
    await probe.ask(1, "one")
    turn = await probe.claim()
    await probe.ask(2, "two")
    assert await probe.claim_nothing()
    assert await _texts(probe, turn) == ["one"]
    await probe.finish(turn)
    assert await _texts(probe, await probe.claim()) == ["two"]


async def test_a_turn_that_is_claimed_again_has_the_same_messages_and_one_attempt_more(probe: Probe) -> None:
    await probe.ask(1, "one")
    await probe.claim()
    await probe.ask(2, "two")
    await probe.later(LEASE_S + 1)
    again = await probe.claim()
    assert (again.turn_to, again.attempts) == (1, 2)


async def test_a_worker_that_slept_past_its_lease_stores_nothing(probe: Probe) -> None:
    await probe.ask(1, "one")
    slow = await probe.claim()
    await probe.later(LEASE_S + 1)
    quick = await probe.claim()
    with pytest.raises(TurnLostError):
        await probe.finish(slow)
    key = await probe.finish(quick)
    with pytest.raises(TurnLostError):
        await probe.finish(slow)
    with pytest.raises(TurnLostError):
        await probe.finish(quick)
    assert [row.reply_key for row in await probe.replies()] == [key]


async def test_a_worker_that_slept_but_lost_nothing_may_finish(probe: Probe) -> None:
    await probe.ask(1, "one")
    slow = await probe.claim()
    await probe.later(LEASE_S + 1)
    assert await probe.finish(slow)
    assert await probe.claim_nothing()


async def test_renewing_keeps_a_turn_and_does_not_bring_back_a_lost_one(probe: Probe) -> None:
    await probe.ask(1, "one")
    kept = await probe.claim()
    await probe.later(LEASE_S - 1)
    await probe.database.write(lambda tx: renew_turns(tx, [kept]))
    await probe.later(LEASE_S - 1)
    assert await probe.claim_nothing()
    await probe.later(2)
    other = await probe.claim()
    await probe.database.write(lambda tx: renew_turns(tx, [kept]))
    with pytest.raises(TurnLostError):
        await probe.finish(kept)
    await probe.finish(other)


@pytest.mark.parametrize(("count", "attempts"), [(True, 2), (False, 1)])
async def test_a_released_turn_waits_for_its_back_off_and_keeps_its_messages(
    probe: Probe, *, count: bool, attempts: int
) -> None:
    await probe.ask(1, "one")
    turn = await probe.claim()
    await probe.ask(2, "two")
    await probe.database.write(lambda tx: release_turn(tx, turn, retry_in_s=10, count_attempt=count))
    assert await probe.claim_nothing()
    await probe.later(11)
    again = await probe.claim()
    assert (again.turn_to, again.attempts) == (1, attempts)


async def test_releasing_a_lost_turn_leaves_its_new_owner_alone(probe: Probe) -> None:
    await probe.ask(1, "one")
    lost = await probe.claim()
    await probe.later(LEASE_S + 1)
    owner = await probe.claim()
    await probe.database.write(lambda tx: release_turn(tx, lost, retry_in_s=0, count_attempt=True))
    assert await probe.claim_nothing()
    assert await probe.finish(owner)


async def test_the_wait_for_the_next_turn_is_measured_by_the_database(probe: Probe) -> None:
    await probe.ask(1, "one")
    await probe.claim()
    wait_s = await probe.database.read(next_due_in_s)
    assert wait_s is not None
    assert LEASE_S - 5 < wait_s <= LEASE_S
    await probe.later(LEASE_S + 100)
    wait_s = await probe.database.read(next_due_in_s)
    assert wait_s is not None
    assert wait_s < -99


async def test_a_clock_that_was_set_back_holds_nothing_up(probe: Probe) -> None:
    await probe.ask(1, "waiting", chat="2")
    await probe.ask(1, "claimed", chat="3")
    await probe.claim()
    await probe.later(-3600)
    assert await probe.claim_nothing()
    assert await probe.database.write(reset_far_future) >= 2
    await probe.later(LEASE_S + 1)
    await probe.answer()
    await probe.answer()


async def test_the_only_process_of_a_data_folder_takes_what_its_predecessor_held(probe: Probe) -> None:
    await probe.ask(1, "one")
    lost = await probe.claim()
    await probe.database.write(take_possession)
    again = await probe.claim()
    assert again.attempts == 2
    with pytest.raises(TurnLostError):
        await probe.finish(lost)
    await probe.finish(again)


async def _roles_before(probe: Probe, limit: int = 6) -> list[str]:
    turn = await probe.claim()
    return [said.role for said in await probe.database.read(lambda c: earlier_exchanges(c, turn, limit))]


async def test_what_was_said_before_a_turn_is_known_to_it_in_order(probe: Probe) -> None:
    await probe.ask(1, "a")
    await probe.answer()
    await probe.ask(2, "b")
    assert await _roles_before(probe) == ["user", "machine"]


async def test_only_the_newest_of_what_was_said_before_are_given_along(probe: Probe) -> None:
    for number in range(3):
        await probe.ask(number + 1, str(number))
        await probe.answer()
    await probe.ask(9, "now")
    assert await _roles_before(probe, limit=3) == ["machine", "user", "machine"]


async def test_a_reply_that_nobody_got_is_no_part_of_what_was_said_before(probe: Probe) -> None:
    asked = await probe.ask(1, "a")
    await probe.answer()
    await probe.database.write(lambda tx: take_over(tx, asked.conversation_id))  # cancels the reply that waits
    await probe.reply(asked.conversation_id, asked.seq)
    await probe.database.write(lambda tx: hand_back(tx, asked.conversation_id))
    await probe.ask(2, "b")
    assert await _roles_before(probe) == ["user", "person"]
