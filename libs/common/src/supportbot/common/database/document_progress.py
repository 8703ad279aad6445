"""How far the indexing of a document is, as it is stored beside the document."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from supportbot.common.database.clock import after, now

Stage = Literal["received", "parsed", "chunked", "embedded", "indexed", "live"]
"""What has been reached: stored; text made out; cut into passages; vectors made, where they are wanted before it is
searched; written to the index; searched."""
Activity = Literal["", "reading", "describing", "embedding", "indexing"]
"""What is being done to reach the next: the file is read and cut, a model writes contexts or makes vectors, passages
are written to the index."""
STAGES: Final[tuple[Stage, ...]] = ("received", "parsed", "chunked", "embedded", "indexed", "live")


@dataclass(frozen=True, slots=True)
class StageReached:
    """Where the work on a document is."""

    stage: Stage
    activity: Activity = ""
    done: int = 0
    total: int = 0
    """Of what is being done: passages; 0 where that cannot be counted."""
    seconds: float = 0.0
    """How long that has been done."""

    def columns(self) -> dict[str, Any]:
        """As the row of the document has it."""
        told = {"stage": self.stage, "activity": self.activity, "done": self.done, "total": self.total}
        return {**told, "stage_at": after(-self.seconds), "updated_at": now()}


def not_begun() -> dict[str, Any]:
    """What the row says of a content that nobody has taken up yet."""
    return {**StageReached("received").columns(), "begun_at": None, "tries": 0}
