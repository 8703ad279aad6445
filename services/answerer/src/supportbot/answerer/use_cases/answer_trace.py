"""What answering a question saw and took, stage by stage."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from supportbot.answerer.domain.answer import json_ready
from supportbot.common.telemetry.metrics import STAGE_SECONDS
from supportbot.common.telemetry.tracing import span


@dataclass(slots=True)
class Trace:
    """What each stage saw and took."""

    stages: list[dict[str, Any]] = field(default_factory=list)
    sense: dict[str, Any] | None = None
    """What the question means, for whoever gathers questions."""

    @contextmanager
    def stage(self, name: str) -> Iterator[dict[str, Any]]:
        """Time a stage; what it notes in the yielded mapping is kept."""
        notes: dict[str, Any] = {}
        begun = time.perf_counter()
        try:
            with span(f"answerer.{name}"):
                yield notes
        finally:
            taken = time.perf_counter() - begun
            STAGE_SECONDS.labels(name).observe(taken)
            self.stages.append({"stage": name, "ms": round(taken * 1000, 3), **json_ready(notes)})

    def whole(self) -> dict[str, Any]:
        """As it is kept with the answer."""
        whole = {"stages": self.stages, "ms": round(sum(stage["ms"] for stage in self.stages), 3)}
        return whole if self.sense is None else {**whole, "sense": self.sense}
