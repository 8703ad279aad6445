"""Child processes that never outlive the tests, and free ports."""

import contextlib
import ctypes
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.servers.account import Account

_PR_SET_PDEATHSIG = 1
_PORTS = (12_000, 32_000)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, where, as whom, and how to end it. It can be started again: what it stores is in its folder."""

    command: Sequence[str]
    folder: Path
    account: Account = field(default_factory=Account)
    environment: Mapping[str, str] | None = None
    stops_by: signal.Signals = signal.SIGTERM

    def start(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start it once."""
        return run_until_parent_dies(self.command, self.folder, output, self.account, self.environment)


def free_port() -> int:
    """A port of loopback that nobody listens on now.

    It lies below those that systems give to connections that go out: one of these could take it before its server does.
    """
    while True:
        port = random.randrange(*_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def run_until_parent_dies(
    command: Sequence[str],
    folder: Path,
    output: IO[bytes],
    account: Account,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child that gets SIGINT when this process dies, even by kill -9 (Linux)."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,  # Ctrl-C is for the tests, which then stop the server in their own order
        preexec_fn=_die_with_parent,  # noqa: PLW1509  # no threads run yet when servers are started
        **account.for_subprocess(),
    )


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
