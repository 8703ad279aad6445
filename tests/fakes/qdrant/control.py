"""What a test does to the fake Qdrant, and what it can read from it."""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any, Literal

from tests.fakes.pulse import Pulse
from tests.fakes.qdrant.store import Store

Kind = Literal["down", "hang", "slow", "error", "not_json", "lost_answer", "held_answer", "busy"]
KEPT = 5_000


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, as they went over the wire."""

    method: str
    template: str
    request: Any
    status: int
    answer: Any


@dataclass
class Failure:
    """What goes wrong with requests whose path holds `path`."""

    kind: Kind
    path: str = ""
    times: int = 1
    delay_s: float = 0.0


class QdrantControl:
    """Failures and the record; the commands are also reachable under /control/ over HTTP."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT)
        self.failures: list[Failure] = []
        self.changed = Pulse()
        self.held = 0
        self.released = asyncio.Event()

    def fail(self, kind: Kind, *, path: str = "", times: int = 1, delay_s: float = 0.0) -> None:
        """The next `times` requests to a path go wrong.

        What `lost_answer` and `held_answer` ask for is done all the same; nobody hears of it, or not before `let_go`.
        """
        self.failures.append(Failure(kind, path, times, delay_s))

    def slow(self, delay_s: float) -> None:
        """Every answer comes late."""
        self.fail("slow", times=1_000_000, delay_s=delay_s)

    def down(self) -> None:
        """Every connection is reset."""
        self.fail("down", times=1_000_000)

    def fail_from(self, calls: int) -> None:
        """So many calls are answered, then every connection is reset."""
        if calls:
            self.fail("slow", times=calls)
        self.down()

    def heal(self) -> None:
        """Forget failures still to come."""
        self.failures.clear()

    def let_go(self) -> None:
        """Give the answers that are held."""
        self.released.set()

    def empty(self) -> None:
        """Lose all collections, as a server on a fresh disk."""
        self.store.empty()

    def counts(self) -> dict[str, int]:
        """Answered requests by method and path."""
        return dict(Counter(f"{one.method} {one.template}" for one in self.exchanges))

    def forget(self) -> None:
        """Empty the record."""
        self.exchanges.clear()

    def failure_for(self, path: str) -> Failure | None:
        """What goes wrong with this request, counted off."""
        for failure in self.failures:
            if failure.times > 0 and failure.path in path:
                failure.times -= 1
                return failure
        return None
