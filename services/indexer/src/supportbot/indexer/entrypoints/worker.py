"""The loop that works: at the doorbell, and by itself every two seconds."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.outage import Outage
from supportbot.indexer.entrypoints.doorbell import Doorbell
from supportbot.indexer.use_cases.choose_sample import ChooseSample
from supportbot.indexer.use_cases.match_index import MatchIndex
from supportbot.indexer.use_cases.work_through import WorkThrough

LANES = 2
LOOK_S = 1.8
MATCH_S = 300.0
_RETRY_S = 2.0
_log = logger(__name__)


class Worker:
    """Works through what is due, compares index and database now and then, and keeps the sample where it belongs."""

    def __init__(
        self,
        doorbell: Doorbell,
        work_through: WorkThrough,
        match_index: MatchIndex,
        choose_sample: ChooseSample | None,
        first: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`first` is awaited before anything is claimed."""
        self._doorbell = doorbell
        self._work_through = work_through
        self._match_index = match_index
        self._choose_sample = choose_sample
        self._first = first
        self._stopping = False
        self.matched = asyncio.Event()
        """Set when index and database were compared for the first time: what the index lacks waits from then on."""
        self._busy = 0
        self._done = 0

    async def run(self) -> None:
        """Work until `stop`; a database or index that is away is waited for."""
        match_at = 0.0
        outage = Outage("Indexing has to wait", "Indexing goes on")
        while not self._stopping:
            try:
                if self._first is not None:
                    await self._first()
                    self._first = None
                if time.monotonic() >= match_at or await self._match_index.lost_everything():
                    await self._match_index()
                    match_at = time.monotonic() + MATCH_S
                    self.matched.set()
                await self._work()
                outage.over()
            except (DatabaseUnavailableError, KnowledgeIndexUnavailableError) as error:
                if isinstance(error, KnowledgeIndexUnavailableError):
                    match_at = 0.0  # it may come back empty
                outage.met(error)
                await self._pause(_RETRY_S)
            else:
                await self._pause(LOOK_S * random.uniform(0.8, 1.1))  # noqa: S311  # spreads processes apart

    def stop(self) -> None:
        """Finish the document in work and take no other."""
        self._stopping = True
        self._doorbell.ring()

    async def _pause(self, seconds: float) -> None:
        """Wait for the doorbell; the ring of `stop` may have been heard by a lane already."""
        if not self._stopping:
            await self._doorbell.wait(seconds)

    async def _work(self) -> None:
        """Two lanes, so that a document that takes minutes holds up no other; both end when nothing is due."""
        began = time.monotonic()
        self._done = 0
        ended = await asyncio.gather(*(self._lane() for _ in range(LANES)), return_exceptions=True)
        if self._done:
            taken = round(time.monotonic() - began, 1)
            _log.info("Documents worked through", documents=self._done, seconds=taken)
        for error in ended:
            if error is not None:
                raise error

    async def _lane(self) -> None:
        done = 0
        while not self._stopping:
            self._busy += 1
            try:
                worked = await self._work_through.step()
            finally:
                self._busy -= 1
            done += worked
            self._done += worked
            if worked:
                continue
            if done and self._choose_sample is not None:
                await self._choose_sample()
                done = 0
            elif self._busy:
                await self._doorbell.wait(LOOK_S)
            else:
                return
