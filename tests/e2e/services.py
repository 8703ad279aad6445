"""The product as several processes: one for each service, or one for each of two RUN_MODEs."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.e2e.commands import command
from tests.e2e.network import Own
from tests.e2e.process import Process
from tests.e2e.records import Records, Row
from tools.distributed.layout import MODULES, SAMPLE

JWT_SECRET_KEY = "a-key-of-the-tests-that-signs-nothing-of-value"


class Services:
    """Processes that are one product together. See Deployment."""

    kind = "services"

    def __init__(
        self, folder: Path, processes: Mapping[str, Process], records: Records, *, chat: str, inbox: str
    ) -> None:
        self.folder = folder
        self.of = dict(processes)
        self._records = records
        self._chat = chat
        self._inbox = inbox

    @property
    def processes(self) -> Sequence[Process]:
        """All of them, in the order in which they start."""
        return list(self.of.values())

    @property
    def base_url(self) -> str:
        """Where the web chat is."""
        return self.of[self._chat].base_url

    @property
    def inbox_url(self) -> str:
        """Where the inbox is."""
        return self.of[self._inbox].base_url

    @property
    def answerer(self) -> Process:
        """What answers."""
        return self.of["answerer"]

    @property
    def documents(self) -> Path:
        """The folder that is indexed."""
        return self.folder / "data" / "documents"

    def launch(self) -> None:
        """Start all at once."""
        for process in self.processes:
            process.launch()

    async def start(self) -> None:
        """Start all at once and return when all are ready."""
        self.launch()
        await asyncio.gather(*(process.until_ready() for process in self.processes))

    async def stop(self) -> int:
        """SIGTERM to all at once; returns the worst exit code."""
        codes = await asyncio.gather(*(process.stop() for process in self.processes if process.running))
        return max(codes, key=abs, default=0)

    async def discard(self) -> None:
        """Make sure that nothing is left running."""
        await asyncio.gather(*(process.discard() for process in self.processes))

    def rows(self, statement: str, *values: Any) -> Sequence[Row]:
        """The rows of a SELECT."""
        return self._records.rows(statement, *values)

    def count(self, table: str, condition: str = "1 = 1") -> int:
        """How many rows of a table fit."""
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0])

    def ago(self, seconds: int) -> str:
        """A moment in the past, as this database's SQL says it."""
        return self._records.ago(seconds)

    def log(self) -> str:
        """What all of them wrote, one after the other."""
        return "".join(process.log() for process in self.processes)

    def log_tail(self) -> str:
        """The last lines of each."""
        return "\n".join(f"{name}:\n{process.log_tail()}" for name, process in self.of.items())

    def errors_in_log(self) -> list[str]:
        """Lines that no sound process writes, of all."""
        return [line for process in self.processes for line in process.errors_in_log()]


def separate_services(
    folder: Path,
    own: Own,
    settings: Mapping[str, str] | None = None,
    *more: str,
    of_each: Mapping[str, Mapping[str, str]] | None = None,
) -> Services:
    """The four services on servers of their own; `more` names services of which there is a second replica.

    `of_each` has settings for single replicas, by name.
    """
    assert own.records is not None, "separate services need PostgreSQL"
    of_all = {**own.settings, "JWT_SECRET_KEY": JWT_SECRET_KEY, "SAMPLE_PATH": str(SAMPLE), **(settings or {})}
    processes = {
        replica: Process(
            [sys.executable, "-m", MODULES[name]],
            folder,
            {**of_all, **(of_each or {}).get(replica, {})},
            log=f"{replica}.log",
        )
        for replica, name in replicas(*more).items()
    }
    return Services(folder, processes, own.records, chat="gateway", inbox="admin-api")


def replicas(*more: str) -> dict[str, str]:
    """The names of all replicas, and of which service each is one."""
    return {name: name for name in MODULES} | {f"{name} 2": name for name in more}


def side_by_side(folder: Path, records: Records, settings: Mapping[str, str]) -> Services:
    """RUN_MODE=telegram and RUN_MODE=web in one folder."""
    of_both = {**settings, "JWT_SECRET_KEY": JWT_SECRET_KEY}
    processes = {
        mode: Process([*command(), "run"], folder, {**of_both, "RUN_MODE": mode}, log=f"{mode}.log")
        for mode in ("telegram", "web")
    }
    return Services(folder, processes, records, chat="telegram", inbox="web")
