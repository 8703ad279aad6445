"""Telegram repeats its updates and mixes their order: each counts once, and none is passed over."""

from itertools import pairwise

import pytest

from tests.faults.conftest import EVERYWHERE
from tests.faults.system import System

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
TIMES = 10


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F33", "the same update comes ten times", "all at once, by turns to two gateways; three people's")
async def test_an_update_that_comes_ten_times_at_once_is_one_message_with_one_reply(system: System) -> None:
    await system.until_quiet()
    before = system.telegram.webhook_deliveries()["delivered"]
    replies = {chat: len(system.telegram.sent(chat)) for chat in system.people.chats}
    system.telegram.hold_updates()
    for user in system.people.users:
        user.said.append("How do I return an item?")
        system.telegram.user_says(user.chat_id, user.said[-1])
        system.telegram.redeliver(system.telegram.last_update_id(), TIMES - 1, at_once=True)
    system.telegram.release_updates()
    await system.until_settled()
    delivered = system.telegram.webhook_deliveries()["delivered"] - before
    assert delivered == TIMES * len(replies)
    for user in system.people.users:
        here = f"conversation_id IN (SELECT id FROM conversations WHERE chat = '{user.chat_id}')"
        assert system.product.count("messages", here) == len(user.said)
        assert len(system.telegram.sent(user.chat_id)) == replies[user.chat_id] + 1
    assert not system.product.count("quarantine")
    system.saw(f"{delivered} deliveries accepted, {len(replies)} messages stored, {len(replies)} replies")
    await system.asks_again_and_recovers()


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F34", "update n+1 comes before n", "six updates of each of three people come newest first")
async def test_updates_that_come_backwards_are_all_stored_and_each_answered_once(system: System) -> None:
    await system.until_quiet()
    asked = ["How do I return an item?", "How much does delivery cost?", "Do you ship to Kazakhstan?"] * 2
    system.telegram.hold_updates()
    for text in asked:
        for user in system.people.users:
            system.telegram.user_says(user.chat_id, text)
    system.telegram.release_updates(backwards=True)
    for user in system.people.users:
        user.said += reversed(asked)  # as they come is as they are stored
    await system.until_settled()
    ids = system.product.rows("SELECT update_id FROM updates WHERE bot NOT LIKE 'web%' ORDER BY received_at")
    backwards = sum(int(later[0]) < int(earlier[0]) for earlier, later in pairwise(ids))
    system.saw(f"{len(asked) * len(system.people.users)} updates, {backwards} of them stored after their followers")
    assert backwards >= len(asked)
    await system.asks_again_and_recovers()
