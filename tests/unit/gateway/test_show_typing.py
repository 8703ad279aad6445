"""Typing is shown where an answer takes longer than a moment, and not more often than needed."""

from uuid import uuid4

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.turns import Outcome as TurnOutcome
from supportbot.common.database.turns import claim_turn, finish_turn
from supportbot.common.ids import BotId
from supportbot.gateway.domain.acts import Act
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.delivery import Outcome
from supportbot.gateway.domain.followups import FollowUp
from supportbot.gateway.ports import Messenger
from supportbot.gateway.use_cases.show_typing import TypingIndicator

BOT = BotId("123")


class WatchedMessenger(Messenger):
    """Notes where typing was shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    async def send(self, address: Address, act: Act, *, formatted: bool) -> Outcome:
        raise NotImplementedError

    async def follow_up(self, followup: FollowUp) -> None:
        raise NotImplementedError

    async def show_typing(self, address: Address) -> None:
        self.shown.append(str(address))


async def test_typing_is_shown_while_a_turn_is_in_work(sqlite_database: SqliteDatabase) -> None:
    moments = iter([0.0, 1.5, 3.0, 6.5, 8.0])
    messenger = WatchedMessenger()
    typing = TypingIndicator(sqlite_database, messenger, BOT, lambda: next(moments))
    for chat in ("5", "-100/7"):
        incoming = IncomingMessage("telegram", BOT, chat, BOT, str(uuid4()), "", "Hello")
        await sqlite_database.write(lambda tx, message=incoming: receive_message(tx, message))  # type: ignore[misc]
    turns = [await sqlite_database.write(claim_turn) for _ in range(2)]
    await typing.look()
    assert messenger.shown == []
    await typing.look()
    assert sorted(messenger.shown) == ["-100/7", "5"]
    await typing.look()
    assert len(messenger.shown) == 2
    await typing.look()
    assert len(messenger.shown) == 4
    for turn in turns:
        assert turn is not None
        outcome = TurnOutcome("", "reply", "small_talk", "", "Hi", 1.0, "en")
        await sqlite_database.write(lambda tx, t=turn, o=outcome: finish_turn(tx, t, o))  # type: ignore[misc]
    await typing.look()
    assert len(messenger.shown) == 4
