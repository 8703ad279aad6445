"""What the supervisor tells of itself in a file, so that later commands find it."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tools.distributed.layout import STATE


@dataclass(frozen=True)
class State:
    """A supervisor, its services' process ids, and what to tell people once all are ready."""

    pid: int
    ready: bool = False
    summary: str = "Starting."
    services: dict[str, int] = field(default_factory=dict)


def note(state: State) -> None:
    """Write it, never half."""
    beside = STATE.with_suffix(".new")
    beside.write_text(json.dumps(asdict(state)), encoding="utf-8")
    beside.replace(STATE)


def found() -> State | None:
    """What the supervisor that runs now has told; None where none runs."""
    try:
        state = State(**json.loads(STATE.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return state if _is_supervisor(state.pid) else None


def _is_supervisor(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    # A number that was given to another process meanwhile must not be taken for ours.
    command = Path(f"/proc/{pid}/cmdline")
    return not command.exists() or b"tools.distributed" in command.read_bytes()
