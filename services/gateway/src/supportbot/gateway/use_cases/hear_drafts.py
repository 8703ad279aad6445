"""Answers that are being written: the newest draft of each conversation, for open pages and for Telegram."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from supportbot.common.bus.port import Bus
from supportbot.common.contracts import AnswerProgressed
from supportbot.common.contracts.envelope import Event

_KEPT: Final = 2000
_OLD_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class LiveDraft:
    """So much is written; empty where it was taken back."""

    turn_to: int
    token: UUID
    number: int
    text: str
    at: float


class LiveDrafts:
    """Hears drafts, keeps the newest ones, and tells of which conversations there are."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._drafts: OrderedDict[UUID, LiveDraft] = OrderedDict()
        self._listeners: list[Callable[[UUID], None]] = []

    def listen(self, bus: Bus) -> Callable[[], None]:
        """Begin to hear. Returns what ends it."""
        return bus.listen((AnswerProgressed,), self._on_event)

    def tell(self, listener: Callable[[UUID], None]) -> None:
        """From now, call `listener` with the conversation of each draft."""
        self._listeners.append(listener)

    def of(self, conversation_id: UUID | None, done_seq: int) -> str:
        """What is written for a turn that is not done; empty where nothing is, or nothing was heard for long."""
        draft = self.newest(conversation_id) if conversation_id is not None else None
        return draft.text if draft is not None and draft.turn_to > done_seq else ""

    def newest(self, conversation_id: UUID) -> LiveDraft | None:
        """The newest draft; None where there is none, or nothing was heard for long."""
        draft = self._drafts.get(conversation_id)
        return draft if draft is not None and self._clock() - draft.at < _OLD_S else None

    async def _on_event(self, event: Event) -> None:
        assert isinstance(event, AnswerProgressed)
        known = self._drafts.get(event.conversation_id)
        if known is not None and known.turn_to > event.turn_to:
            return
        if known is not None and known.token == event.token and known.number >= event.number:
            return  # out of order
        draft = LiveDraft(event.turn_to, event.token, event.number, event.text, self._clock())
        self._drafts[event.conversation_id] = draft
        self._drafts.move_to_end(event.conversation_id)
        if len(self._drafts) > _KEPT:
            self._drafts.popitem(last=False)
        for listener in self._listeners:
            listener(event.conversation_id)
