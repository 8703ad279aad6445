"""`python -m tools.distributed up|down|status`."""

import os
import signal
import subprocess
import sys
import time

from tools.distributed.layout import FOLDER, STATE, ports, with_our_modules
from tools.distributed.probe import problems
from tools.distributed.state import State, found

READY_WITHIN_S = 120.0
STOPPED_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.2
_LOG = FOLDER / "supervisor.log"


def up() -> int:
    """Start the supervisor in the background and wait until every service is ready."""
    running = found()
    if running is not None:
        print(f"It runs already; make down stops it.\n{running.summary}")
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    STATE.unlink(missing_ok=True)
    with _LOG.open("wb") as log:
        child = subprocess.Popen(  # our own module
            [sys.executable, "-m", "tools.distributed.supervisor"],
            env=with_our_modules(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        return _wait_for(child)
    except KeyboardInterrupt:
        child.terminate()
        child.wait(STOPPED_WITHIN_S)
        return 130


def _wait_for(child: subprocess.Popen[bytes]) -> int:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        if child.poll() is not None:
            print(_LOG.read_text(encoding="utf-8", errors="replace")[-2000:].strip(), file=sys.stderr)
            return 1
        state = found()
        if state is not None and state.ready:
            print(state.summary)
            return 0
        time.sleep(_LOOK_EVERY_S)
    print(f"Not everything is ready after {READY_WITHIN_S:.0f} s; the logs are in {FOLDER}:", file=sys.stderr)
    for name, port in ports().items():
        print(f"  {name}: {problems(port) or 'ready'}", file=sys.stderr)
    print("It goes on trying; make down stops it.", file=sys.stderr)
    return 1


def down() -> int:
    """Stop everything that `up` started."""
    state = found()
    if state is None:
        print("Nothing runs.")
        return 0
    os.kill(state.pid, signal.SIGTERM)
    until = time.monotonic() + STOPPED_WITHIN_S
    while time.monotonic() < until:
        if found() is None:
            print("Stopped.")
            return 0
        time.sleep(_LOOK_EVERY_S)
    print(f"Still stopping after {STOPPED_WITHIN_S:.0f} s; the logs are in {FOLDER}", file=sys.stderr)
    return 1


def status() -> int:
    """Say what runs where."""
    state = found()
    print("Nothing runs." if state is None else _described(state))
    return 1 if state is None else 0


def _described(state: State) -> str:
    return state.summary if state.ready else "Starting."


if __name__ == "__main__":
    commands = {"up": up, "down": down, "status": status}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:  # noqa: PLR2004  # the command's name and one word
        sys.exit(f"usage: python -m tools.distributed {'|'.join(commands)}")
    sys.exit(commands[sys.argv[1]]())
