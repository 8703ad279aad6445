"""What the supervisor tells of itself in a file, so that later commands find it."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tools.distributed.layout import STATE
from tools.distributed.probe import listens, problems


@dataclass(frozen=True)
class State:
    """A supervisor, and what it keeps running."""

    pid: int
    summary: str = "Starting."
    """What to tell people once all are ready."""
    processes: dict[str, int] = field(default_factory=dict)
    """Process ids by name."""
    services: dict[str, int] = field(default_factory=dict)
    """Ports of those that say themselves whether they are ready."""
    servers: dict[str, int] = field(default_factory=dict)
    """Ports of those that only take connections."""
    ended: dict[str, str] = field(default_factory=dict)
    """Who ended without being told to, how often, and how."""

    def not_ready(self) -> dict[str, str]:
        """Who does not do its work now, and why; that nobody was started yet counts too."""
        if not self.services:
            return {"supervisor": "it is starting servers"}
        found = {name: "" if listens(port) else "it takes no connections" for name, port in self.servers.items()}
        found |= {name: problems(port) for name, port in self.services.items()}
        return {name: problem for name, problem in found.items() if problem}

    def told(self) -> list[str]:
        """Lines about who is not ready, and who ended since the start."""
        lines = [f"  {name} is not ready: {problem}" for name, problem in self.not_ready().items()]
        return [*lines, *(f"  {name} {how}" for name, how in self.ended.items())]


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
