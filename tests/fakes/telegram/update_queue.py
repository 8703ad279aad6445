"""Updates that wait to be fetched or delivered."""

import itertools
import json
from collections.abc import Container
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
    ticket: int = 0  # its place in the queue


class UpdateQueue:
    """Numbers updates, filters them by kind, forgets the confirmed ones."""

    def __init__(self, first_id: int) -> None:
        self._next_id = first_id
        self._tickets = itertools.count(1)
        self._waiting: dict[int, Queued] = {}
        self._lanes: dict[int, dict[int, Queued]] = {}
        self._held: list[Queued] | None = None
        self.allowed: frozenset[str] | None = None
        self.changed = Pulse()
        self.made: dict[int, Queued] = {}

    @property
    def waiting(self) -> list[Queued]:
        return list(self._waiting.values())

    def __len__(self) -> int:
        return len(self._waiting)

    def push(self, kind: str, payload: dict[str, Any], lane: int) -> int:
        """Numbers and stores an update, or drops it where the bot did not ask for its kind; returns its id."""
        update_id = self._next_id
        self._next_id += 1
        body = json.dumps({"update_id": update_id, kind: payload}, ensure_ascii=False).encode("utf-8", "surrogatepass")
        queued = Queued(update_id, body, lane)
        self.made[update_id] = queued
        if kind in self.allowed if self.allowed is not None else kind not in DEFAULT_EXCLUDED:
            self._put(queued)
        return update_id

    def inject(self, body: bytes, lane: int = 0) -> int:
        """Stores any bytes as an update; its id is read from the body where there is one, else it is -1."""
        update_id = _id_in(body)
        self._put(Queued(-1 if update_id is None else update_id, body, lane, loose=True))
        return -1 if update_id is None else update_id

    def skip_ids(self, count: int) -> None:
        """Leaves a gap in the numbers."""
        self._next_id += count

    def hold(self) -> None:
        """Keeps new updates back until they are released."""
        self._held = []

    def release(self, *, backwards: bool = False) -> None:
        """Lets held updates go, newest first where `backwards`."""
        held, self._held = self._held or [], None
        for update in reversed(held) if backwards else held:
            self._put(update)

    def _put(self, update: Queued) -> None:
        if self._held is not None:
            self._held.append(update)
            return
        update.ticket = next(self._tickets)
        self._waiting[update.ticket] = update
        self._lanes.setdefault(update.lane, {})[update.ticket] = update
        self.changed.beat()

    def confirm(self, offset: int) -> None:
        """Forgets what lies before the offset; a negative one keeps only the last so many."""
        gone = self.waiting[:offset] if offset < 0 else [u for u in self.waiting if _confirmed(u, offset)]
        for update in gone:
            self.remove(update)

    def batch(self, limit: int) -> list[Queued]:
        """The oldest updates, marked as handed out."""
        batch = list(itertools.islice(self._waiting.values(), limit))
        for update in batch:
            update.handed_out = True
        return batch

    def free_lane(self, busy: Container[int]) -> int | None:
        """A lane with waiting updates that nobody delivers yet."""
        return next((lane for lane in self._lanes if lane not in busy), None)

    def first_of(self, lane: int) -> Queued | None:
        """The oldest waiting update of a lane."""
        return next(iter(self._lanes.get(lane, {}).values()), None)

    def remove(self, update: Queued) -> None:
        """Forgets this very update: another one with the same id stays."""
        if self._waiting.pop(update.ticket, None) is None:
            return
        lane = self._lanes[update.lane]
        del lane[update.ticket]
        if not lane:
            del self._lanes[update.lane]
        self.changed.beat()

    def clear(self) -> None:
        for update in self.waiting:
            self.remove(update)


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
