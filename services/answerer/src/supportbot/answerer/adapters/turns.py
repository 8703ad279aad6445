"""Turns in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database import turns as protocol
from supportbot.common.database.transactions import Database
from supportbot.common.database.turn_contents import Exchange, TurnMessage, earlier_exchanges, turn_messages
from supportbot.common.database.turns import Outcome, Turn

HISTORY = 6
"""How many earlier messages and replies are looked at to understand a follow-up."""


@dataclass(frozen=True)
class DatabaseTurns:
    """Turns, each step in a transaction of its own."""

    database: Database

    async def claim(self) -> Turn | None:
        return await self.database.write(protocol.claim_turn, lane="relaxed")

    async def read(self, turn: Turn) -> tuple[list[TurnMessage], list[Exchange], str | None]:
        async def all_of_it(connection: AsyncConnection) -> tuple[list[TurnMessage], list[Exchange], str | None]:
            messages = await turn_messages(connection, turn)
            earlier = await earlier_exchanges(connection, turn, HISTORY)
            return messages, earlier, messages[-1].traceparent if messages else None

        return await self.database.read(all_of_it)

    async def finish(self, turn: Turn, outcome: Outcome) -> str:
        return await self.database.write(lambda tx: protocol.finish_turn(tx, turn, outcome))

    async def release(self, turn: Turn, *, retry_in_s: float, count_attempt: bool) -> None:
        await self.database.write(
            lambda tx: protocol.release_turn(tx, turn, retry_in_s=retry_in_s, count_attempt=count_attempt),
            lane="relaxed",
        )

    async def renew(self, turns: Sequence[Turn]) -> set[UUID]:
        return await self.database.write(lambda tx: protocol.renew_turns(tx, turns), lane="relaxed")

    async def next_due_in_s(self) -> float | None:
        return await self.database.read(protocol.next_due_in_s)
