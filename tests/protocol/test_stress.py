"""Hours of a hostile world in seconds: crashes, lost answers, slow workers, clock jumps; then all must settle."""

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncGenerator
from functools import partial

import pytest

from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.sweep import reset_far_future
from supportbot.common.database.transactions import Database
from tests.protocol.bus import UnreliableBus
from tests.protocol.faults import RandomCrashes
from tests.protocol.gateway import Channel, take_updates
from tests.protocol.invariants import everything_wrong, not_settled, take_snapshot
from tests.protocol.operators import settle_everything, work_inbox
from tests.protocol.sender import send_replies
from tests.protocol.worker import answer_turns
from tests.protocol.world import BOTS, Actor, World

SEEDS = int(os.environ.get("PROTOCOL_SEEDS", "1"))
UPDATES = int(os.environ.get("PROTOCOL_UPDATES", "120"))
FIRST_SEED = int(os.environ.get("PROTOCOL_FIRST_SEED", str(random.SystemRandom().randrange(10**6))))
CHATS = ("web1", "web2", *(str(number) for number in range(1, 9)))
CRASH_RATE = 0.01
_STEP_S = 5.0
_RECOVERY_S = 1200.0


@pytest.mark.parametrize("number", range(SEEDS))
async def test_nothing_is_lost_said_twice_or_out_of_order(database: Database, number: int) -> None:
    seed = FIRST_SEED + number
    world = World(seed, database, RandomCrashes(random.Random(seed), CRASH_RATE))
    print(f"PROTOCOL_FIRST_SEED={world.seed} PROTOCOL_SEEDS=1")
    bus = UnreliableBus(world)
    outbox = OutboxPublisher(world.real, bus)
    channel = Channel(CHATS)
    async with _alive(world, outbox, channel):
        await _trouble(world, channel)
        world.calm()
        await _settle(world)
    print(dict(sorted(world.counts.items())), f"delivered {len(world.wire.delivered)}")
    wrong = everything_wrong(await take_snapshot(database), world.wire, world.accepted)
    assert not wrong, f"seed {world.seed}: " + "\n".join(wrong)


@contextlib.asynccontextmanager
async def _alive(world: World, outbox: OutboxPublisher, channel: Channel) -> AsyncGenerator[None]:
    await outbox.start()
    gateways = [partial(take_updates, channel=channel)] * 2
    senders = [partial(send_replies, bot=bot) for bot in BOTS for _ in range(2)]
    actors: list[Actor] = [*gateways, *[answer_turns] * 4, *senders, *[work_inbox] * 2, partial(_sweep, outbox=outbox)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(world.keep_alive(actor)) for actor in actors]
        yield
        for task in tasks:
            task.cancel()
    await outbox.stop()


async def _sweep(world: World, outbox: OutboxPublisher) -> None:
    while True:
        await world.time.sleep(3)
        await outbox.sweep()
        await world.database.write(reset_far_future)


async def _trouble(world: World, channel: Channel) -> None:
    while channel.made < UPDATES or channel.pending:
        for _ in range(world.rng.randrange(4)):
            if channel.made < UPDATES:
                channel.write(world.rng)
        await asyncio.sleep(0.01)
        await world.time.advance(world.rng.choice((1.0, _STEP_S)))
        if world.maybe(0.01):
            world.count("clock jumps")
            await world.time.jump(world.rng.choice((3600.0, -3600.0)))


async def _settle(world: World) -> None:
    """Let time pass until nothing is left to do, or so long that something must be stuck."""
    waited = 0.0
    while waited < _RECOVERY_S:
        await settle_everything(world)
        await asyncio.sleep(0.01)
        await world.time.advance(_STEP_S)
        waited += _STEP_S
        if waited % 60 == 0 and not list(not_settled(await take_snapshot(world.real))):
            return
