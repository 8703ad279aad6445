"""One server or service as a child process that is started again whenever it ends."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from supportbot.common.telemetry.logging import logger
from tests.servers.process import Program

STOP_WITHIN_S = 40.0
STEADY_AFTER_S = 60.0
"""Whoever lived so long is started again at once; others wait, twice as long each time."""
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_TOLD = 1500
_log = logger(__name__)


class Supervised:
    """A program that is kept running; it ends itself when the supervisor is gone."""

    def __init__(self, name: str, program: Program, log: Path, serves: Callable[[], bool]) -> None:
        """`serves` asks whether it does what it is there for."""
        self.name = name
        self.serves = serves
        self.ends = 0
        self.told = ""
        """How it ended last, and what came of it; empty where it never did."""
        self._program = program
        self._path = log
        self._log = log.open("wb")
        self._child: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause_s = _FIRST_PAUSE_S
        self._due: float | None = None

    @property
    def pid(self) -> int:
        """Of its present process; 0 before the first."""
        return self._child.pid if self._child else 0

    def ensure(self) -> bool:
        """Start it where it does not run and has waited long enough; returns whether anything changed."""
        if self._child is not None and self._child.poll() is None:
            return False
        if self._child is not None and self._due is None:
            self._note_end(self._child.returncode)
            return True
        if self._due is not None and time.monotonic() < self._due:
            return False
        self._child = self._program.start(self._log)
        self._started, self._due = time.monotonic(), None
        if self.ends:
            _log.info(f"{self.name} is started again", pid=self._child.pid, times=self.ends)
        return True

    def _note_end(self, code: int) -> None:
        lived = time.monotonic() - self._started
        self.ends += 1
        self._pause_s = _FIRST_PAUSE_S if lived > STEADY_AFTER_S else min(2 * self._pause_s, _LONGEST_PAUSE_S)
        self._due = time.monotonic() + self._pause_s
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        self.told = f"ended {self.ends} times, last at {time.strftime('%H:%M:%S')} ({how}); {self._path}"
        _log.warning(f"{self.name} ended: {how}", lived_s=round(lived), times=self.ends, again_in_s=self._pause_s)

    def begin_to_stop(self) -> None:
        """Tell it to finish what it began."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(self._program.stops_by)

    def stop(self) -> None:
        """Return when it has ended."""
        self.begin_to_stop()
        if self._child is not None:
            try:
                self._child.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._log.close()

    def said_last(self) -> str:
        """The end of its log."""
        self._log.flush()
        os.fsync(self._log.fileno())
        return self._path.read_text(encoding="utf-8", errors="replace")[-_TOLD:].strip()
