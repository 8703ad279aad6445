"""Stand-ins for servers that a machine rarely has: the fakes of `tests/fakes` as processes on free ports."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

from tests.servers.process import Program

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0


class StandInError(Exception):
    """A stand-in did not start; the text says what it said itself."""


def stand_in_program(name: str, *arguments: str) -> Program:
    """The program of `tests.fakes.<name>`."""
    return Program([sys.executable, "-m", f"tests.fakes.{name}", *arguments], Path.cwd())


@contextlib.contextmanager
def stand_in(name: str, log: Path, *arguments: str) -> Generator[str]:
    """Run `tests.fakes.<name>`; gives its address. It ends at the latest with the thread that called this."""
    log.unlink(missing_ok=True)
    with log.open("wb") as output:
        child = stand_in_program(name, *arguments).start(output)
    try:
        yield _address(name, child, log)
    finally:
        _stop(child)


def _address(name: str, child: subprocess.Popen[bytes], log: Path) -> str:
    """What it prints when it serves: its name and its address."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        said = log.read_text(encoding="utf-8", errors="replace")
        for line in said.splitlines(keepends=True):
            if line.startswith(f"{name} ") and line.endswith("\n"):
                return line.removeprefix(f"{name} ").strip()
        if child.poll() is not None or time.monotonic() > deadline:
            raise StandInError(f"The stand-in for {name} did not start: {said.strip()[-500:]}")
        time.sleep(0.02)


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
