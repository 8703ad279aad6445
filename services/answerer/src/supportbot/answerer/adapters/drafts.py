"""Drafts as events for live views: worthless in seconds, so that one that is lost is no loss."""

from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

from supportbot.common.bus.port import Bus, BusUnavailableError
from supportbot.common.contracts import AnswerProgressed


@dataclass
class BusDrafts:
    """Publishes the drafts of one turn's attempt."""

    bus: Bus
    conversation_id: UUID
    turn_to: int
    token: UUID
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def __call__(self, text: str) -> None:
        """Show a draft; an empty one takes back what was shown."""
        event = AnswerProgressed(
            correlation_id=self.conversation_id,
            conversation_id=self.conversation_id,
            turn_to=self.turn_to,
            token=self.token,
            number=next(self._numbers),
            text=text,
        )
        try:
            await self.bus.publish(event)
        except BusUnavailableError:
            return
