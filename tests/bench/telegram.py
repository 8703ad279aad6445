"""How replies and drafts go to a Telegram that holds a bot to its limits: a sender in this process, real HTTP."""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from supportbot.common.contracts import AnswerProgressed
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.transactions import Database
from supportbot.common.database.turns import Outcome, Turn, claim_turn, finish_turn
from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import set_up_logging
from tests.bench.figures import Figure, quantile
from tests.fakes.telegram import TOKEN, FakeTelegram, Sent
from tests.integration.telegram_gateway import World, running, settings_for
from tests.servers.databases import make_sqlite

BOT = BotId(TOKEN.partition(":")[0])
PEOPLE = range(60_000, 60_300)
GROUP = -60_000
ROUNDS = 3
IN_GROUP = 30
GROUP_WINDOW_S = 60.0
DRAFTED = 40
BESIDE = 10
"""Replies a second beside the drafts that are measured."""


async def replies() -> AsyncIterator[Figure]:
    """As many replies as may go to 300 chats, and more to a group than it may get; all wait when the sender begins."""
    async with _gateway(_much_waits) as world:
        wanted = ROUNDS * len(PEOPLE)
        await world.telegram.wait_until(lambda: len(_to_people(world)) >= wanted or None, 120)
        moments = [sent.at.timestamp() for sent in _to_people(world)]
        lasted = max(moments) - min(moments)
        note = f"{wanted} replies to {len(PEOPLE)} chats in {lasted:.0f} s"
        yield Figure("replies a second", wanted / lasted, "/s", 25.0, note, higher_is_better=True)
        refused = sum(call.status == 429 for call in world.telegram.calls())
        yield Figure("refused as too many", refused, "", 0.0)
        group = world.telegram.sent(GROUP)
        yield Figure(
            "most in a minute to a group", _most_within(group, GROUP_WINDOW_S), "", 20.0, f"{len(group)} so far"
        )
        yield Figure("chats out of order", _out_of_order(world), "", 0.0)


async def _much_waits(database: Database) -> None:
    for number in range(IN_GROUP):
        await _reply(database, str(GROUP), f"{number}")
    for step in range(ROUNDS):
        for person in PEOPLE:
            await _reply(database, str(person), f"{step}")


async def drafts() -> AsyncIterator[Figure]:
    """From a checked sentence to the draft that shows it, beside ten replies a second."""
    async with _gateway() as world:
        beside = asyncio.create_task(_steadily(world))
        waits = []
        for person in list(PEOPLE)[:DRAFTED]:
            turn = await _turn(world.database, f"{person + 1000}")
            written = datetime.now(UTC)
            await _write(world, turn, "The first sentence.")
            shown = await world.telegram.wait_until(partial(world.telegram.draft, person + 1000), 10)
            waits.append((shown.at - written).total_seconds())
            await asyncio.sleep(0.2)
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)
        refused = sum(call.status == 429 for call in world.telegram.calls())
        yield Figure("first draft, p50", quantile(waits, 0.5) * 1000, "ms")
        yield Figure("first draft, worst", max(waits) * 1000, "ms", 300.0, f"of {len(waits)}")
        yield Figure("refused as too many, with drafts", refused, "", 0.0)


@asynccontextmanager
async def _gateway(prepare: Callable[[Database], Awaitable[None]] | None = None) -> AsyncIterator[World]:
    set_up_logging("bench", level="WARNING")  # a line for each reply would be a part of what is measured
    with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as folder:
        path = Path(folder) / "supportbot.db"
        await make_sqlite(path)
        database = SqliteDatabase(path)
        try:
            if prepare is not None:
                await prepare(database)
            async with FakeTelegram() as fake:
                fake.enforce_limits()
                fake.add_group(GROUP)
                for person in range(PEOPLE[0], PEOPLE[-1] + 2000):
                    fake.add_user(person)
                async with running(fake, database, settings_for(fake, Path(folder)), answers=False) as world:
                    await fake.wait_for_call("getMe", timeout=60)
                    yield world
        finally:
            await database.close()


async def _turn(database: Database, chat: str) -> Turn:
    incoming = IncomingMessage("telegram", BOT, chat, BOT, str(uuid4()), "", "How long?")
    await database.write(lambda tx: receive_message(tx, incoming))
    turn = await database.write(claim_turn)
    assert turn is not None
    return turn


async def _reply(database: Database, chat: str, text: str) -> None:
    turn = await _turn(database, chat)
    outcome = Outcome("", "reply", "small_talk", "", text, 1.0, "en")
    await database.write(lambda tx: finish_turn(tx, turn, outcome))


async def _steadily(world: World) -> None:
    while True:
        for person in PEOPLE:
            await _reply(world.database, str(person), "0")
            await asyncio.sleep(1 / BESIDE)


async def _write(world: World, turn: Turn, text: str) -> None:
    about = turn.conversation_id
    event = AnswerProgressed(
        correlation_id=about, conversation_id=about, turn_to=turn.turn_to, token=turn.token, number=1, text=text
    )
    await world.bus.publish(event)


def _to_people(world: World) -> list[Sent]:
    return [sent for sent in world.telegram.sent() if sent.chat_id > 0]


def _most_within(sent: Sequence[Sent], seconds: float) -> int:
    """The most messages in any stretch of so many seconds."""
    moments = [one.at.timestamp() for one in sent]
    return max((sum(begin <= moment < begin + seconds for moment in moments) for begin in moments), default=0)


def _out_of_order(world: World) -> int:
    steps: defaultdict[int, list[int]] = defaultdict(list)
    for sent in world.telegram.sent():
        steps[sent.chat_id].append(int(sent.text))
    return sum(taken != sorted(taken) for taken in steps.values())
