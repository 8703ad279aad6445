"""The way of a reply to Telegram: in order, once, and never forgotten."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import update

from supportbot.common.database import outbound as protocol
from supportbot.common.database.clock import after
from supportbot.common.database.leases import SENDER_LEASE_S, acquire_poller, acquire_sender, release_sender
from supportbot.common.database.outbound import REQUEST_TIMEOUT_S
from supportbot.common.database.schema.tables import bots
from supportbot.common.database.sweep import reset_far_future, take_possession
from tests.protocol.probe import BOT, Probe


async def _keys(probe: Probe) -> list[str]:
    return [row.reply_key for row in await probe.sendable()]


async def _two_answers(probe: Probe) -> tuple[str, str]:
    await probe.ask(1, "one")
    first = await probe.answer()
    await probe.ask(2, "two")
    return first, await probe.answer()


async def _make_uncertain(probe: Probe, key: str) -> None:
    await probe.begin(key)
    await probe.database.write(lambda tx: protocol.record_uncertain(tx, key, probe.sender, error="timeout"))


async def _settle(probe: Probe, *, repeat: bool = True) -> list[str]:
    return await probe.database.write(lambda tx: protocol.repeat_uncertain(tx, BOT, repeat=repeat))


async def _follow(probe: Probe) -> list[str]:
    """Another sender takes the place of the one that vanished, and looks after what it left."""
    follower = uuid4()
    await probe.later(SENDER_LEASE_S + 1)
    assert await probe.database.write(lambda tx: acquire_sender(tx, BOT, follower))
    return await probe.database.write(lambda tx: protocol.inherit_unfinished(tx, BOT, follower))


async def test_a_sender_that_was_followed_declares_nothing_of_its_followers_uncertain(probe: Probe) -> None:
    first, _ = await _two_answers(probe)
    slow = probe.sender
    probe.sender = uuid4()
    await probe.later(SENDER_LEASE_S + 1)
    assert await probe.database.write(lambda tx: acquire_sender(tx, BOT, probe.sender))
    await probe.begin(first)
    assert await probe.database.write(lambda tx: protocol.inherit_unfinished(tx, BOT, slow)) == []
    assert (await probe.replies())[0].status == "sending"


async def test_replies_of_a_chat_go_one_after_another(probe: Probe) -> None:
    first, second = await _two_answers(probe)
    assert await _keys(probe) == [first]
    await probe.begin(first)
    assert await _keys(probe) == []
    await probe.database.write(lambda tx: protocol.record_sent(tx, first, 5))
    assert await _keys(probe) == [second]


async def test_chats_do_not_wait_for_each_other(probe: Probe) -> None:
    await probe.ask(1, "one", chat="2")
    await probe.ask(1, "one", chat="4")
    keys = {await probe.answer(), await probe.answer()}
    assert set(await _keys(probe)) == keys


async def test_the_parts_of_a_reply_go_in_order_and_before_the_next_reply(probe: Probe) -> None:
    first, second = await _two_answers(probe)
    for _ in range(2):  # what is repeated changes nothing
        await probe.database.write(lambda tx: protocol.split_reply(tx, first, ["a", "b", "c"]))
    said = []
    while rows := await probe.sendable():
        assert len(rows) == 1
        said.append(rows[0].body)
        await probe.send(rows[0].reply_key)
    assert said == ["a", "b", "c", "two"]
    assert second.endswith(":2:0")


async def test_a_reply_is_begun_once(probe: Probe) -> None:
    first, _ = await _two_answers(probe)
    begun = await asyncio.gather(*(probe.begin(first) for _ in range(5)))
    assert [len(keys) for keys in begun].count(1) == 1


async def test_one_sender_at_a_time(probe: Probe) -> None:
    tokens = [uuid4() for _ in range(6)]
    await probe.later(SENDER_LEASE_S + 1)
    won = await asyncio.gather(
        *(probe.database.write(lambda tx, t=token: acquire_sender(tx, BOT, t)) for token in tokens)  # type: ignore[misc]
    )
    assert won.count(True) == 1
    first, _ = await _two_answers(probe)
    assert await probe.begin(first) == set()  # the sender before has lost its lease


async def test_a_lease_that_is_renewed_is_kept_and_one_that_is_released_is_free(probe: Probe) -> None:
    other = uuid4()
    await probe.later(SENDER_LEASE_S - 1)
    assert await probe.database.write(lambda tx: acquire_sender(tx, BOT, probe.sender))
    await probe.later(SENDER_LEASE_S - 1)
    assert not await probe.database.write(lambda tx: acquire_sender(tx, BOT, other))
    await probe.database.write(lambda tx: release_sender(tx, BOT, other))  # not theirs to release
    assert not await probe.database.write(lambda tx: acquire_sender(tx, BOT, other))
    await probe.database.write(lambda tx: release_sender(tx, BOT, probe.sender))
    assert await probe.database.write(lambda tx: acquire_sender(tx, BOT, other))


async def test_what_certainly_did_not_go_is_tried_again_after_its_wait(probe: Probe) -> None:
    first, _ = await _two_answers(probe)
    await probe.begin(first)
    await probe.database.write(lambda tx: protocol.record_not_sent(tx, first, probe.sender, retry_in_s=7, error="429"))
    assert await _keys(probe) == []
    await probe.later(8)
    assert await _keys(probe) == [first]


async def test_an_uncertain_reply_is_repeated_once_at_its_place(probe: Probe) -> None:
    first, second = await _two_answers(probe)
    await _make_uncertain(probe, first)
    await probe.later(SENDER_LEASE_S + REQUEST_TIMEOUT_S - 2)
    assert await _settle(probe) == []
    assert await _keys(probe) == []  # what comes after waits
    await probe.later(4)
    assert await _settle(probe) == [first]
    assert await _settle(probe) == []
    (repeat,) = await probe.sendable()
    assert (repeat.reply_key, repeat.is_repeat, repeat.body) == (f"{first}:repeat", True, "one")
    await _make_uncertain(probe, repeat.reply_key)
    await probe.later(SENDER_LEASE_S + REQUEST_TIMEOUT_S + 1)
    await _settle(probe)
    assert await _keys(probe) == [second]  # never a third time


async def test_an_uncertain_reply_that_a_person_looks_after_is_not_repeated(probe: Probe) -> None:
    first, second = await _two_answers(probe)
    await _make_uncertain(probe, first)
    await probe.later(SENDER_LEASE_S + REQUEST_TIMEOUT_S + 1)
    assert await _settle(probe, repeat=False) == [first]
    assert await _keys(probe) == [second]


async def test_a_late_confirmation_takes_back_a_repeat_that_still_waits(probe: Probe) -> None:
    first, second = await _two_answers(probe)
    await _make_uncertain(probe, first)
    await probe.later(SENDER_LEASE_S + REQUEST_TIMEOUT_S + 1)
    await _settle(probe)
    await probe.database.write(lambda tx: protocol.record_sent(tx, first, 5))
    assert await _keys(probe) == [second]
    assert [row.status for row in await probe.replies()] == ["sent", "cancelled", "waiting"]


async def test_a_late_confirmation_before_the_repeat_prevents_it(probe: Probe) -> None:
    first, second = await _two_answers(probe)
    await _make_uncertain(probe, first)
    await probe.database.write(lambda tx: protocol.record_sent(tx, first, 5))
    await probe.later(SENDER_LEASE_S + REQUEST_TIMEOUT_S + 1)
    assert await _settle(probe) == []
    assert await _keys(probe) == [second]


async def test_what_a_dead_sender_left_on_its_way_is_uncertain(probe: Probe) -> None:
    first, _ = await _two_answers(probe)
    await probe.begin(first)
    assert await _follow(probe) == [first]
    assert await _settle(probe) == [first]


async def test_a_sender_that_was_thought_dead_changes_nothing_but_what_it_knows_to_be_true(probe: Probe) -> None:
    first, _ = await _two_answers(probe)
    await probe.begin(first)
    await _follow(probe)
    write = probe.database.write
    await write(lambda tx: protocol.record_not_sent(tx, first, probe.sender, retry_in_s=0, error="x"))
    assert (await probe.replies())[0].status == "uncertain"
    await write(lambda tx: protocol.record_failed(tx, first, probe.sender, error="x", unreachable=True))
    assert (await probe.replies())[0].status == "uncertain"
    await write(lambda tx: protocol.record_sent(tx, first, 5))
    assert (await probe.replies())[0].status == "sent"


async def test_a_reply_that_can_never_go_does_not_hold_up_the_next_one(probe: Probe) -> None:
    first, second = await _two_answers(probe)
    await probe.begin(first)
    await probe.database.write(
        lambda tx: protocol.record_failed(tx, first, probe.sender, error="blocked", unreachable=True)
    )
    assert await _keys(probe) == [second]
    conversation_id = (await probe.replies())[0].conversation_id
    assert (await probe.conversation(conversation_id)).unreachable
    await probe.ask(3, "back again")
    assert not (await probe.conversation(conversation_id)).unreachable


async def test_a_web_reply_is_there_at_once_and_never_sent(probe: Probe) -> None:
    await probe.ask(1, "one", chat="web1")
    await probe.answer()
    assert [row.status for row in await probe.replies()] == ["sent"]
    assert await _keys(probe) == []


@pytest.mark.parametrize("jump_s", [3600, -3600])
async def test_a_clock_that_jumps_holds_nothing_up_for_long(probe: Probe, jump_s: float) -> None:
    first, _ = await _two_answers(probe)
    await probe.ask(1, "other", chat="4")
    other = await probe.answer()
    await _make_uncertain(probe, first)
    await probe.begin(other)
    await probe.database.write(lambda tx: protocol.record_not_sent(tx, other, probe.sender, retry_in_s=5, error="x"))
    await probe.later(jump_s)
    await probe.database.write(reset_far_future)
    assert other in await _keys(probe)
    await probe.later(SENDER_LEASE_S + REQUEST_TIMEOUT_S + 1)
    assert await _settle(probe) == [first]
    assert await probe.database.write(lambda tx: acquire_sender(tx, BOT, uuid4()))


async def test_a_pollers_lease_that_a_clock_jump_left_ahead_does_not_bring_a_senders_back(probe: Probe) -> None:
    await probe.later(SENDER_LEASE_S + 1)  # the sender has vanished
    assert await probe.database.write(lambda tx: acquire_poller(tx, BOT, uuid4()))
    far = update(bots).values(poller_until=after(3600))
    await probe.database.write(lambda tx: tx.execute(far))
    await probe.database.write(reset_far_future)
    assert await probe.database.write(lambda tx: acquire_sender(tx, BOT, uuid4()))
    assert not await probe.database.write(lambda tx: acquire_poller(tx, BOT, uuid4()))
    await probe.later(SENDER_LEASE_S + 1)
    assert await probe.database.write(lambda tx: acquire_poller(tx, BOT, uuid4()))


async def test_at_the_start_on_a_data_folder_what_was_on_its_way_is_uncertain(probe: Probe) -> None:
    first, _ = await _two_answers(probe)
    await probe.begin(first)
    await probe.database.write(take_possession)
    assert await probe.database.write(lambda tx: acquire_sender(tx, BOT, uuid4()))
    assert await _settle(probe) == [first]
