"""A crash before every single statement, before every commit, and after every commit whose answer is lost."""

import os
import random

import pytest

from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.transactions import Database
from tests.protocol.bus import UnreliableBus
from tests.protocol.faults import CrashAt
from tests.protocol.invariants import everything_wrong, take_snapshot
from tests.protocol.sender import LABEL
from tests.protocol.story import tell
from tests.protocol.world import World
from tests.servers.databases import empty

EVERY = {
    "sqlite": int(os.environ.get("PROTOCOL_EVERY", "5")),
    "postgresql": int(os.environ.get("PROTOCOL_EVERY", "20")),
}
"""The default is a sample that begins somewhere else every time; PROTOCOL_EVERY=1 tries all places."""
_FAR_BEYOND_THE_END = 10**6


async def _tell(database: Database, crash_at: int) -> CrashAt:
    """Tell the story with one crash, and check what it left. Returns where the crash was."""
    await empty(database)
    crash = CrashAt(crash_at)
    world = World(0, database, crash, trouble=0.0)
    await tell(world)
    crash.calm()
    await world.time.advance(10)
    await OutboxPublisher(database, UnreliableBus(world)).sweep()
    wrong = everything_wrong(await take_snapshot(database), world.wire, world.accepted)
    assert not wrong, f"crash {crash_at}, {crash.happened}: " + "\n".join(wrong)
    said = [request.text.removeprefix(LABEL) for request in world.wire.delivered]
    assert "one, changed; two" in said, f"crash {crash_at}, {crash.happened}: {said}"
    return crash


async def test_the_story_is_the_same_without_a_crash(database: Database) -> None:
    crash = await _tell(database, _FAR_BEYOND_THE_END)
    assert crash.happened == ""


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_crash_anywhere_loses_nothing_and_repeats_nothing(database: Database) -> None:
    step = EVERY[database.dialect]
    number = random.randrange(step)
    while (await _tell(database, number)).happened:
        number += step
    assert number > 200, "the story has become too short to mean anything"
