"""The answerer's side: claim, read, think, finish; sometimes too slowly, sometimes not at all."""

from supportbot.common.database.transactions import Database
from supportbot.common.database.turn_contents import turn_messages
from supportbot.common.database.turns import (
    LEASE_S,
    Outcome,
    Turn,
    TurnLostError,
    claim_turn,
    finish_turn,
    release_turn,
    renew_turns,
)
from tests.protocol.world import World


async def answer_turns(world: World) -> None:
    """One worker."""
    while True:
        turn = await world.database.write(claim_turn, lane="relaxed")
        if turn is None:
            await world.time.sleep(1)
            continue
        await _answer(world, turn)


async def _answer(world: World, turn: Turn) -> None:
    outcome = await think(world.database, turn, escalate=world.maybe(0.3))
    await _take_long(world, turn)
    if world.maybe(0.1):
        count = world.maybe(0.5)
        await world.database.write(lambda tx: release_turn(tx, turn, retry_in_s=2, count_attempt=count))
        world.count("released")
        return
    try:
        await world.database.write(lambda tx: finish_turn(tx, turn, outcome))
        world.count("finished")
    except TurnLostError:
        world.count("lost turns")


async def think(database: Database, turn: Turn, *, escalate: bool = False) -> Outcome:
    """An answer that repeats the question's messages, so that it shows what was answered."""
    found = await database.read(lambda connection: turn_messages(connection, turn))
    text = "; ".join(message.text for message in found)
    return Outcome(
        question=text,
        decision="escalate" if escalate else "answer",
        reason="made up",
        text=text,
        shown=text,
        confidence=0.5,
        language="en",
    )


async def _take_long(world: World, turn: Turn) -> None:
    """Think for a while; once in a while past the lease, with or without renewing it."""
    seconds = world.rng.choice((0.0, 1.0, 3.0, LEASE_S + 10))
    renews = world.maybe(0.5)
    while seconds > 0:
        step = min(seconds, 5.0)
        await world.time.sleep(step)
        seconds -= step
        if renews:
            await world.database.write(lambda tx: renew_turns(tx, [turn]), lane="relaxed")
