"""A process of the product: started, looked at, stopped or killed; its output is its log."""

import asyncio
import json
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from tests.e2e.commands import TRACEBACK, environment
from tests.servers.process import free_port

READY_WITHIN_S = 120.0
"""For a process that hangs; how long a start takes is measured elsewhere, and a busy machine takes long."""
STOPPED_WITHIN_S = 30.0
LOOK_EVERY_S = 0.02
LOOK_AT_LEAST_EVERY_S = 0.25


class ProductError(AssertionError):
    """A process did not do what it was asked to; the text ends with the last lines of its log."""


class Process:
    """A command in a folder and, at times, the process that runs it. The port stays the same over restarts."""

    def __init__(self, command: Sequence[str], folder: Path, settings: Mapping[str, str], *, log: str) -> None:
        self.folder = folder
        self.port = int(settings.get("WEB_PORT") or free_port())
        self.settings = {**settings, "WEB_PORT": str(self.port)}
        self.under: Sequence[str] = ()
        """A command that starts the process in surroundings of its own, and becomes it."""
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / log

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None, "start it first"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Start the process and return at once."""
        assert not self.running, "it runs already"
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.under, *self._command],
                cwd=self.folder,
                env=environment(self.settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def start(self) -> None:
        """Start the process and return when it is ready."""
        self.launch()
        await self.until_ready()

    async def until_ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Return when /health/ready says so; raises ProductError where the process ends or takes too long."""
        await self.until_it_says("/health/ready", httpx.codes.OK, within_s)

    async def until_it_says(self, path: str, status: int, within_s: float = READY_WITHIN_S) -> httpx.Response:
        """The first answer with this status; raises ProductError where the process ends or takes too long."""
        try:
            async with asyncio.timeout(within_s), httpx.AsyncClient(trust_env=False) as client:
                pause_s = LOOK_EVERY_S
                while True:
                    answer = await self._answer(client, path)
                    if answer is not None and answer.status_code == status:
                        return answer
                    if not self.running:
                        raise ProductError(f"it ended with {self.exit_code()} before it was ready\n{self.log_tail()}")
                    await asyncio.sleep(pause_s)
                    pause_s = min(1.2 * pause_s, LOOK_AT_LEAST_EVERY_S)  # being asked costs it time that it needs
        except TimeoutError:
            waited = f"{path} did not say {status} within {within_s} s"
            raise ProductError(f"{waited}\n{self.log_tail()}") from None

    async def _answer(self, client: httpx.AsyncClient, path: str) -> httpx.Response | None:
        try:
            return await client.get(f"{self.base_url}{path}")
        except httpx.HTTPError:
            return None

    async def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.signal(signal.SIGTERM)
        return await self.until_ended(STOPPED_WITHIN_S)

    async def kill(self) -> None:
        """SIGKILL, at once."""
        self.signal(signal.SIGKILL)
        await self.until_ended(10)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this process and to no other."""
        assert self._process is not None, "start it first"
        self._process.send_signal(number)

    async def until_ended(self, within_s: float) -> int:
        """Wait for the end; returns the exit code, negative for a signal."""
        assert self._process is not None, "start it first"
        try:
            return await asyncio.to_thread(self._process.wait, within_s)
        except subprocess.TimeoutExpired:
            raise ProductError(f"it did not end within {within_s} s\n{self.log_tail()}") from None

    def exit_code(self) -> int | None:
        """How it ended, None while it runs."""
        return None if self._process is None else self._process.poll()

    async def discard(self) -> None:
        """Make sure that nothing is left running."""
        if self.running:
            await self.kill()

    def log(self) -> str:
        """Everything that the process wrote, over all its lives."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the log."""
        return "\n".join(self.log().splitlines()[-lines:])

    def errors_in_log(self) -> list[str]:
        """Tracebacks and lines of level error, which a sound process does not write."""
        return [line for line in self.log().splitlines() if TRACEBACK in line or _level(line) in {"error", "critical"}]

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """One GET, as a program on the same machine sends it."""
        return await get(f"{self.base_url}{path}", **headers)


async def get(address: str, **headers: str) -> httpx.Response:
    """One GET, as a program on the same machine sends it."""
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        return await client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})


def _level(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    return str(entry.get("level", "")) if isinstance(entry, dict) else ""
