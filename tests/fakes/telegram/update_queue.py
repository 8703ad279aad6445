"""Updates that wait to be fetched or delivered."""

import json
from dataclasses import dataclass
from typing import Any

from tests.fakes.pulse import Pulse

DEFAULT_EXCLUDED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass
class Queued:
    """One update; a `loose` one was injected and is handed out at least once, whatever its id."""

    update_id: int
    body: bytes
    lane: int = 0  # updates of one lane (a chat) are delivered in order
    loose: bool = False
    handed_out: bool = False


class UpdateQueue:
    """Numbers updates, filters them by kind, forgets the confirmed ones."""

    def __init__(self, first_id: int) -> None:
        self._next_id = first_id
        self.waiting: list[Queued] = []
        self.allowed: frozenset[str] | None = None
        self.changed = Pulse()
        self.made: dict[int, Queued] = {}

    def push(self, kind: str, payload: dict[str, Any], lane: int) -> int:
        """Numbers and stores an update, or drops it where the bot did not ask for its kind; returns its id."""
        update_id = self._next_id
        self._next_id += 1
        body = json.dumps({"update_id": update_id, kind: payload}, ensure_ascii=False).encode()
        queued = Queued(update_id, body, lane)
        self.made[update_id] = queued
        if self._wanted(kind):
            self.waiting.append(queued)
            self.changed.beat()
        return update_id

    def inject(self, body: bytes, lane: int = 0) -> int:
        """Stores any bytes as an update; its id is read from the body where there is one."""
        update_id = _id_in(body)
        self.waiting.append(Queued(-1 if update_id is None else update_id, body, lane, loose=True))
        self.changed.beat()
        return -1 if update_id is None else update_id

    def skip_ids(self, count: int) -> None:
        """Leaves a gap in the numbers."""
        self._next_id += count

    def _wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed is not None else kind not in DEFAULT_EXCLUDED

    def confirm(self, offset: int) -> None:
        """Forgets what lies before the offset; a negative one keeps only the last so many."""
        if offset < 0:
            self.waiting = self.waiting[offset:]
            return
        self.waiting = [update for update in self.waiting if not _confirmed(update, offset)]

    def batch(self, limit: int) -> list[Queued]:
        """The oldest updates, marked as handed out."""
        batch = self.waiting[:limit]
        for update in batch:
            update.handed_out = True
        return batch

    def remove(self, update: Queued) -> None:
        """Forgets one delivered update (this very object: a repeated id is another update)."""
        self.waiting = [other for other in self.waiting if other is not update]
        self.changed.beat()

    def clear(self) -> None:
        self.waiting.clear()


def _confirmed(update: Queued, offset: int) -> bool:
    if not update.loose:
        return update.update_id < offset
    return update.handed_out and update.update_id < max(offset, 0)


def _id_in(body: bytes) -> int | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    update_id = value.get("update_id") if isinstance(value, dict) else None
    return update_id if isinstance(update_id, int) and not isinstance(update_id, bool) else None
