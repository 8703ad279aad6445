"""The harness itself: without a fault nothing is found, and what is broken by hand is noticed."""

from dataclasses import replace

import pytest

from tests.faults.conftest import EVERYWHERE
from tests.faults.invariants import verdict
from tests.faults.system import System

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]


@pytest.mark.fault("F0", "none", "people write for a while, nothing else is done")
@pytest.mark.parametrize("kind", EVERYWHERE)
async def test_without_a_fault_everything_holds(system: System) -> None:
    async with system.goes_on(accepting=True, answering=True):
        await system.people.until_asked(10)
    await system.asks_again_and_recovers()


@pytest.mark.fault("F0", "what was promised is broken by hand", "rows and Telegram's record are changed afterwards")
async def test_a_broken_invariant_is_noticed(system: System) -> None:
    await system.asks_again_and_recovers()
    chat = system.people.chats[0]

    def broken() -> set[str]:
        return set(verdict(system.product, system.telegram, system.people).broken)

    assert broken() == set()
    first, second = system.telegram.sent(chat)[:2]
    system.telegram.world.record_sent(replace(first, message_id=10_000_000))
    assert broken() == {"I2"}
    system.telegram.world.sent.pop()

    place = "UPDATE outbound SET external_id = $2 WHERE chat = $1 AND external_id = $3"
    for to, of in ((-1, first.message_id), (first.message_id, second.message_id), (second.message_id, -1)):
        await system.database.run(place, str(chat), to, of)
    assert broken() == {"I3"}
    for to, of in ((-1, second.message_id), (second.message_id, first.message_id), (first.message_id, -1)):
        await system.database.run(place, str(chat), to, of)

    await system.database.run("UPDATE conversations SET token = gen_random_uuid() WHERE chat = $1", str(chat))
    assert broken() == {"I4"}
    await system.database.run("UPDATE conversations SET token = NULL WHERE chat = $1", str(chat))
    assert broken() == set()

    await system.database.run(
        "DELETE FROM answers WHERE conversation_id IN (SELECT id FROM conversations WHERE chat = $1)", str(chat)
    )
    assert broken() == {"I1"}
    system.saw("each of I1 to I4 was found broken, and nothing else")
