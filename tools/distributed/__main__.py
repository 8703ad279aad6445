"""`python -m tools.distributed up [seconds to wait]|down|status`."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from tools.distributed.home import remove_home
from tools.distributed.layout import FOLDER, STATE, with_our_modules
from tools.distributed.state import found

READY_WITHIN_S = 120.0
READY_AGAIN_WITHIN_S = 45.0
"""What was ready once, or was waited for already, has this long."""
STOPPED_WITHIN_S = 60.0
SAID_AFTER_S = 20.0
"""Whoever waits for longer than a start takes is told what for, and again whenever that has changed."""
_LOOK_EVERY_S = 0.2
_LOG = FOLDER / "supervisor.log"


def up(within_s: float | None = None) -> int:
    """Start the supervisor in the background, where none runs, and wait until everything is ready."""
    if found() is not None:
        print("It runs already; make down stops it.")
        return _wait_for(None, within_s or READY_AGAIN_WITHIN_S)
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
        return _wait_for(child, within_s or READY_WITHIN_S)
    except KeyboardInterrupt:
        child.terminate()
        child.wait(STOPPED_WITHIN_S)
        return 130


def _wait_for(child: subprocess.Popen[bytes] | None, within_s: float) -> int:
    """`child`: the supervisor, where it was started by this command."""
    began = time.monotonic()
    said: list[str] = []
    while time.monotonic() < began + within_s:
        if child is not None and child.poll() is not None:
            print(_LOG.read_text(encoding="utf-8", errors="replace")[-2000:].strip(), file=sys.stderr)
            return 1
        state = found()
        if state is not None and not state.not_ready():
            print(state.summary)
            return 0
        if state is not None and time.monotonic() > began + SAID_AFTER_S and (told := state.told()) != said:
            print("\n".join([f"Still waiting, for up to {within_s:.0f} s (Ctrl-C stops it):", *told]), file=sys.stderr)
            said = told
        time.sleep(_LOOK_EVERY_S)
    print(f"Not everything is ready after {within_s:.0f} s; the logs are in {FOLDER}:", file=sys.stderr)
    state = found()
    print("\n".join(state.told() if state else ["  the supervisor has ended"]), file=sys.stderr)
    print("It goes on trying; make down stops it.", file=sys.stderr)
    return 1


def down() -> int:
    """Stop everything that `up` started."""
    state = found()
    if state is None:
        remove_home()
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
    """Say what runs where, who is not ready and who ended; fails where somebody is not ready."""
    state = found()
    if state is None:
        print("Nothing runs.")
        return 1
    print("\n".join([state.summary, *state.told()]))
    return 1 if state.not_ready() else 0


def main() -> int:
    """Run a command; returns its exit code."""
    commands: dict[str, Callable[[], int]] = {"up": up, "down": down, "status": status}
    match sys.argv[1:]:
        case ["up", seconds] if seconds.isdecimal():
            command: Callable[[], int] = partial(up, float(seconds))
        case [word] if word in commands:
            command = commands[word]
        case _:
            sys.exit("usage: python -m tools.distributed up [seconds to wait]|down|status")
    try:
        code = command()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has gone; not even the interpreter's last flush can tell them more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
