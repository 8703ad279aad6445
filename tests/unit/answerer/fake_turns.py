"""Turns without a database, for tests of who works on them and when."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

from supportbot.common.database.turn_contents import Exchange, TurnMessage
from supportbot.common.database.turns import Outcome, Turn, TurnLostError
from supportbot.common.ids import ConversationId, uuid7


class FakeTurns:
    """Waiting turns in a list; remembers what became of each."""

    def __init__(self) -> None:
        self.waiting: list[Turn] = []
        self.messages: dict[ConversationId, list[TurnMessage]] = {}
        self.finished: list[tuple[Turn, Outcome]] = []
        self.released: list[tuple[Turn, float, bool]] = []
        self.renewed: list[Turn] = []
        self.lost: set[ConversationId] = set()
        self.claims = 0
        self.claiming = asyncio.Event()
        self.slow_claim: asyncio.Event | None = None

    def add(self, *texts: str, kind: str = "text", attempts: int = 1, language: str = "en") -> Turn:
        turn = Turn(ConversationId(uuid7()), uuid4(), "web", language, 0, len(texts), attempts)
        self.waiting.append(turn)
        self.messages[turn.conversation_id] = [TurnMessage(kind, text) for text in texts]
        return turn

    async def claim(self) -> Turn | None:
        self.claims += 1
        self.claiming.set()
        claimed = self.waiting.pop(0) if self.waiting else None
        if self.slow_claim is not None:
            await self.slow_claim.wait()
        return claimed

    async def read(self, turn: Turn) -> tuple[list[TurnMessage], list[Exchange], str | None]:
        return self.messages[turn.conversation_id], [Exchange("machine", "Earlier.")], None

    async def finish(self, turn: Turn, outcome: Outcome) -> str:
        if turn.conversation_id in self.lost:
            raise TurnLostError(turn.conversation_id)
        self.finished.append((turn, outcome))
        return "key"

    async def release(self, turn: Turn, *, retry_in_s: float, count_attempt: bool) -> None:
        self.released.append((turn, retry_in_s, count_attempt))

    async def renew(self, turns: Sequence[Turn]) -> set[UUID]:
        self.renewed.extend(turns)
        return {turn.token for turn in turns if turn.conversation_id not in self.lost}

    async def next_due_in_s(self) -> float | None:
        return None
