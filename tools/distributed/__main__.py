"""`python -m tools.distributed up|down|status`."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tools.distributed.layout import FOLDER, STATE

READY_WITHIN_S = 120.0
STOPPED_WITHIN_S = 60.0


def up() -> int:
    """Start the supervisor in the background and wait until every service is ready."""
    if _supervisor() is not None:
        print("It runs already; make down stops it.")
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    STATE.unlink(missing_ok=True)
    with (FOLDER / "supervisor.log").open("wb") as log:
        child = subprocess.Popen(  # our own module
            [sys.executable, "-m", "tools.distributed.supervisor"], stdout=log, stderr=log, start_new_session=True
        )
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        if child.poll() is not None:
            print((FOLDER / "supervisor.log").read_text(encoding="utf-8", errors="replace")[-2000:], file=sys.stderr)
            return 1
        state = _state()
        if state.get("ready"):
            print(state["summary"])
            return 0
        time.sleep(0.2)
    print(f"Not everything was ready within {READY_WITHIN_S:.0f} s; the logs are in {FOLDER}", file=sys.stderr)
    return 1


def down() -> int:
    """Stop everything that `up` started."""
    pid = _supervisor()
    if pid is None:
        print("Nothing runs.")
        return 0
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + STOPPED_WITHIN_S
    while time.monotonic() < until:
        if _supervisor() is None:
            print("Stopped.")
            return 0
        time.sleep(0.2)
    print(f"Still stopping after {STOPPED_WITHIN_S:.0f} s; the logs are in {FOLDER}", file=sys.stderr)
    return 1


def status() -> int:
    """Say what runs where."""
    if _supervisor() is None:
        print("Nothing runs.")
        return 1
    print(_state().get("summary", "Starting."))
    return 0


def _state() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(STATE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _supervisor() -> int | None:
    pid = int(_state().get("pid", 0))
    if not pid:
        return None
    command = Path(f"/proc/{pid}/cmdline")
    try:
        os.kill(pid, 0)
    except OSError:
        return None
    # A number that was given to another process meanwhile must not be taken for ours.
    return pid if not command.exists() or b"tools.distributed" in command.read_bytes() else None


if __name__ == "__main__":
    commands = {"up": up, "down": down, "status": status}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:  # noqa: PLR2004  # the command's name and one word
        sys.exit(f"usage: python -m tools.distributed {'|'.join(commands)}")
    sys.exit(commands[sys.argv[1]]())
