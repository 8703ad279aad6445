"""One service as a child process."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.servers.account import Account
from tests.servers.process import run_until_parent_dies
from tools.distributed.layout import FOLDER, MODULES
from tools.distributed.probe import problems

STOP_WITHIN_S = 40.0
_TOLD = 1500


class Supervised:
    """A service that is started again when it ends; it ends itself when the supervisor is gone."""

    def __init__(self, name: str, port: int, environment: Mapping[str, str]) -> None:
        self.name = name
        self.port = port
        self.ends = 0
        self._environment = {**environment, "WEB_PORT": str(port)}
        self._log = (FOLDER / f"{name}.log").open("wb")
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of its present process; 0 before the first."""
        return self._child.pid if self._child else 0

    def ensure(self) -> bool:
        """Start it where it does not run; returns whether that was so."""
        if self._child is not None and self._child.poll() is None:
            return False
        self.ends += self._child is not None
        command = [sys.executable, "-m", MODULES[self.name]]
        self._child = run_until_parent_dies(command, Path.cwd(), self._log, Account(), self._environment)
        return True

    def is_ready(self) -> bool:
        """Whether it says so itself."""
        return not problems(self.port)

    def begin_to_stop(self) -> None:
        """Tell it to finish what it began."""
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

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

    def told_last(self) -> str:
        """The end of its log."""
        self._log.flush()
        os.fsync(self._log.fileno())
        return (FOLDER / f"{self.name}.log").read_text(encoding="utf-8", errors="replace")[-_TOLD:].strip()
