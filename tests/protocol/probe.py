"""One conversation, driven by hand: the steps that tests about single situations are written in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database import conversations as protocol
from supportbot.common.database.incoming import Received
from supportbot.common.database.leases import acquire_sender
from supportbot.common.database.outbound import Outgoing, begin_sending, record_sent, sendable
from supportbot.common.database.schema.tables import conversations, outbound
from supportbot.common.database.transactions import Database
from supportbot.common.database.turns import Turn, claim_turn, finish_turn
from supportbot.common.ids import BotId, ConversationId
from tests.protocol.gateway import Update, store_until_taken
from tests.protocol.moments import let_time_pass
from tests.protocol.worker import think

CHAT = "2"
BOT = BotId("1001")


@dataclass
class Probe:
    """A database with one Telegram chat in it."""

    database: Database
    sender: UUID
    updates: int = 0

    @classmethod
    async def open(cls, database: Database) -> "Probe":
        probe = cls(database, uuid4())
        await database.write(lambda tx: acquire_sender(tx, BOT, probe.sender))
        return probe

    async def ask(
        self, external_id: int, text: str, *, edit: bool = False, chat: str = CHAT, burst_s: float = 0.0
    ) -> Received:
        self.updates += 1
        return await store_until_taken(self.database, Update(str(self.updates), chat, external_id, text, edit), burst_s)

    async def claim(self) -> Turn:
        turn = await self.database.write(claim_turn)
        assert turn is not None
        return turn

    async def claim_nothing(self) -> bool:
        return await self.database.write(claim_turn) is None

    async def finish(self, turn: Turn) -> str:
        outcome = await think(self.database, turn)
        return await self.database.write(lambda tx: finish_turn(tx, turn, outcome))

    async def answer(self) -> str:
        """Claim and finish what is due."""
        return await self.finish(await self.claim())

    async def later(self, seconds: float) -> None:
        await let_time_pass(self.database, seconds)

    async def sendable(self) -> list[Outgoing]:
        return await self.database.read(lambda connection: sendable(connection, BOT, 100))

    async def begin(self, *keys: str) -> set[str]:
        return await self.database.write(lambda tx: begin_sending(tx, BOT, self.sender, keys))

    async def send(self, key: str) -> None:
        assert await self.begin(key) == {key}
        await self.database.write(lambda tx: record_sent(tx, key, 1))

    async def reply(self, conversation_id: ConversationId, seen: int) -> str:
        return await self.database.write(
            lambda tx: protocol.operator_reply(tx, conversation_id, text="a person's words", operator="Ann", seen=seen)
        )

    async def conversation(self, conversation_id: UUID) -> Row[Any]:
        row: Row[Any] = await self.database.read(_conversation(conversation_id))
        return row

    async def replies(self) -> list[Row[Any]]:
        """All replies in their order."""
        return await self.database.read(_replies)


def _conversation(conversation_id: UUID) -> Any:
    async def read(connection: AsyncConnection) -> Row[Any]:
        return (await connection.execute(select(conversations).where(conversations.c.id == conversation_id))).one()

    return read


async def _replies(connection: AsyncConnection) -> list[Row[Any]]:
    c = outbound.c
    return list(await connection.execute(select(outbound).order_by(c.lane, c.out_seq, c.part, c.repeat)))
