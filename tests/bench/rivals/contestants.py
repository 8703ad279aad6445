"""The product and the script, each as one process on one core, ready to be asked."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import psutil

from tests.bench.memory import resident_mb
from tests.bench.rivals.corpus import Corpus
from tests.bench.rivals.environment import script_command
from tests.e2e.process import Process
from tests.e2e.product import Product
from tests.e2e.waiting import until
from tests.fakes.telegram.server import FakeTelegram

INDEXED_WITHIN_S = 300.0
UNLIMITED = {"TELEGRAM_SENDS_PER_SECOND": "1000", "USER_MESSAGES_PER_MINUTE": "10000", "BURST_WINDOW": "0"}
"""A server of Telegram's own kind would refuse more than 30 messages a second; what is asked is how fast we are."""


class Contestant(ABC):
    """A bot that answers in Telegram."""

    name: ClassVar[str]
    process: Process

    def launch(self) -> None:
        """Start it, on the first core; the crowd and its Telegram keep to the others."""
        with _first_core():
            self.process.launch()

    async def prepare(self) -> None:  # noqa: B027  # the script prepares nothing
        """What is done once, before any start that is measured."""

    @abstractmethod
    async def check(self) -> None:
        """Fails where something went wrong while it was measured."""

    def cpu_s(self) -> float:
        """Processor time that it has used so far."""
        used = psutil.Process(self.process.pid).cpu_times()
        return float(used.user + used.system)

    def memory_mb(self) -> float:
        """Resident memory of its processes."""
        return resident_mb(self.process.pid)


class Script(Contestant):
    """The rival; see script.py."""

    name = "script"

    def __init__(self, folder: Path, telegram: FakeTelegram, corpus: Corpus) -> None:
        settings = {**_account(telegram), "PASSAGES": str(corpus.passages)}
        self.process = Process(script_command(), folder, settings, log="script.log")

    async def check(self) -> None:
        assert self.process.running, self.process.log_tail()


class OurBot(Contestant):
    """The product, all in one process, as it is installed."""

    name = "ours"

    def __init__(self, folder: Path, telegram: FakeTelegram, corpus: Corpus) -> None:
        self._product = Product(folder, {**_account(telegram), **UNLIMITED, "DOCUMENTS_PATH": str(corpus.documents)})
        self.process = self._product
        self._documents = sum(1 for _ in corpus.documents.rglob("*.md"))

    async def prepare(self) -> None:
        """Index the documents: that is done once, and kept."""
        self._product.launch()
        await self._product.until_it_says("/health/live", 200)  # ready means indexed, which may take minutes here
        await until(self._indexed, self._product.log_tail, INDEXED_WITHIN_S)
        await self._product.stop()

    def _indexed(self) -> bool:
        return self._product.count("documents", "state = 'ready'") == self._documents

    async def check(self) -> None:
        assert not self._product.errors_in_log(), self._product.log_tail()


def _account(telegram: FakeTelegram) -> dict[str, str]:
    return {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_BASE": telegram.base_url}


@contextmanager
def _first_core() -> Iterator[None]:
    """What is started inside runs on one core, and this process on the others from then on; where that can be said."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0) | _kept) < 2:
        yield
        return
    _kept.update(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {min(_kept)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, _kept - {min(_kept)})


_kept: set[int] = set()
"""The cores that this process had at first."""
