"""Drafts by a clock that the test holds: not too often, the newest alone, and behind everything else."""

import asyncio
from itertools import count

import pytest

from supportbot.common.bus.local import LocalBus
from supportbot.common.contracts import AnswerProgressed
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.turns import Turn, claim_turn
from supportbot.common.ids import BotId
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.delivery import DraftFate, DraftShown, DraftTooSoon
from supportbot.gateway.domain.limits import SendingLimits
from supportbot.gateway.ports import DraftMessenger
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts
from supportbot.gateway.use_cases.show_drafts import DraftWriter

BOT = BotId("123")


class ScriptedDrafts(DraftMessenger):
    """Shows all that it gets, unless the script says otherwise."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []
        self.script: list[DraftFate] = []

    async def show_draft(self, address: Address, draft_id: int, text: str) -> DraftFate:
        self.shown.append((str(address), text))
        return self.script.pop(0) if self.script else DraftShown()


class Bench:
    """A writer with what it stands on."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database
        self.now = 100.0
        self.bus = LocalBus()
        self.messenger = ScriptedDrafts()
        self.limits = SendingLimits()
        self.is_mine = True
        drafts = LiveDrafts(lambda: self.now)
        drafts.listen(self.bus)
        self.writer = DraftWriter(
            database,
            self.messenger,
            BOT,
            drafts,
            limits=self.limits,
            is_mine=lambda: self.is_mine,
            clock=lambda: self.now,
        )
        self._numbers = count(1)

    async def turn(self, chat: str) -> Turn:
        incoming = IncomingMessage("telegram", BOT, chat, BOT, f"{chat}{next(self._numbers)}", "", "Hello")
        await self.database.write(lambda tx: receive_message(tx, incoming))
        turn = await self.database.write(claim_turn)
        assert turn is not None
        return turn

    async def write(self, turn: Turn, text: str) -> None:
        about, number = turn.conversation_id, next(self._numbers)
        event = AnswerProgressed(
            correlation_id=about,
            conversation_id=about,
            turn_to=turn.turn_to,
            token=turn.token,
            number=number,
            text=text,
        )
        await self.bus.publish(event)

    async def look(self, after_s: float = 0.0) -> list[str]:
        """What one look has shown, so long after the one before."""
        self.now += after_s
        before = len(self.messenger.shown)
        await self.writer.look()
        pending = [shown.request for shown in self.writer._shown.values() if shown.request is not None]
        await asyncio.gather(*pending)
        return [text for _, text in self.messenger.shown[before:]]


@pytest.fixture
def bench(sqlite_database: SqliteDatabase) -> Bench:
    return Bench(sqlite_database)


async def test_a_chat_sees_the_newest_draft_every_half_second(bench: Bench) -> None:
    turn = await bench.turn("5")
    await bench.write(turn, "One.")
    assert await bench.look() == ["One."]
    await bench.write(turn, "One. Two.")
    await bench.write(turn, "One. Two. Three.")
    assert await bench.look(0.4) == []
    assert await bench.look(0.1) == ["One. Two. Three."]
    assert await bench.look(5.0) == []


async def test_another_chat_does_not_wait_for_the_first_ones_pause(bench: Bench) -> None:
    turns = [await bench.turn(chat) for chat in ("5", "6")]
    await bench.write(turns[0], "One.")
    await bench.look()
    await bench.write(turns[0], "One. Two.")
    await bench.write(turns[1], "Other.")
    assert await bench.look(0.1) == ["Other."]


async def test_drafts_leave_half_of_what_may_be_sent_to_messages(bench: Bench) -> None:
    for chat in range(14):
        bench.limits.count(1000 + chat, bench.now)
    turns = [await bench.turn(str(chat)) for chat in (5, 6)]
    for turn in turns:
        await bench.write(turn, "One.")
    assert await bench.look() == ["One."]
    assert await bench.look(0.5) == []
    assert await bench.look(0.6) == ["One."]


async def test_a_draft_takes_its_part_of_what_may_be_sent(bench: Bench) -> None:
    turn = await bench.turn("5")
    await bench.write(turn, "One.")
    await bench.look()
    for chat in range(29):
        bench.limits.count(1000 + chat, bench.now)
    assert bench.limits.wait_s(9, bench.now) > 0
    assert bench.limits.wait_s(5, bench.now + 1.1) == 0, "a draft is no message of its chat"


async def test_what_could_not_be_shown_in_a_quiet_time_is_dropped(bench: Bench) -> None:
    turns = [await bench.turn(chat) for chat in ("5", "6")]
    bench.messenger.script.append(DraftTooSoon(7.0, "retry after 7"))
    await bench.write(turns[0], "One.")
    assert await bench.look() == ["One."]
    await bench.write(turns[1], "Other.")
    assert await bench.look(6.0) == []
    assert await bench.look(2.0) == []
    await bench.write(turns[1], "Other. More.")
    assert await bench.look() == ["Other. More."]


async def test_who_does_not_send_for_the_bot_shows_nothing(bench: Bench) -> None:
    turn = await bench.turn("5")
    bench.is_mine = False
    await bench.write(turn, "One.")
    assert await bench.look() == []


async def test_after_another_message_a_turn_that_goes_on_is_shown_again(bench: Bench) -> None:
    turn = await bench.turn("5")
    await bench.write(turn, "One.")
    await bench.look()
    await bench.writer.make_way("5")
    await bench.write(turn, "One.")
    assert await bench.look(0.5) == ["One."]
