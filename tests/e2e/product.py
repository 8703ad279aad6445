"""The whole product as a process in a folder of its own, with settings of its own."""

import asyncio
import contextlib
import json
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.commands import TRACEBACK, command, environment

READY_WITHIN_S = 40.0
STOPPED_WITHIN_S = 30.0
LOOK_EVERY_S = 0.02


class ProductError(AssertionError):
    """The process did not do what it was asked to; the text ends with the last lines of its log."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Product:
    """One data folder and, at times, the process on it. The port stays the same over restarts."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.settings = {"WEB_PORT": str(self.port), **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "process.log"

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

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return Path(self.settings.get("DATABASE_PATH", self.folder / "data" / "supportbot.db"))

    def launch(self) -> None:
        """Start the process and return at once."""
        assert not self.running, "it runs already"
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command(), "run"],
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

    async def until_ready(self) -> None:
        """Return when /health/ready says so; raises ProductError where the process ends or takes too long."""
        try:
            async with asyncio.timeout(READY_WITHIN_S), httpx.AsyncClient(trust_env=False) as client:
                while not await self._is_ready(client):
                    if not self.running:
                        raise ProductError(f"it ended with {self.exit_code()} before it was ready\n{self.log_tail()}")
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            raise ProductError(f"it was not ready within {READY_WITHIN_S} s\n{self.log_tail()}") from None

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.base_url}/health/ready")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

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

    @contextlib.contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The database, to be read only."""
        connection = sqlite3.connect(f"file:{self.database_path}?mode=ro", uri=True, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of a SELECT."""
        with self.database() as connection:
            return connection.execute(statement, values).fetchall()

    def count(self, table: str, condition: str = "1 = 1") -> int:
        """How many rows of a table fit."""
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0])

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """One GET, as a program on the same machine sends it."""
        async with httpx.AsyncClient(trust_env=False, base_url=self.base_url, timeout=20) as client:
            return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def _level(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    return str(entry.get("level", "")) if isinstance(entry, dict) else ""
