"""Follow a document through its stages: what is being done, how far it is, and that it goes on at all."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from supportbot.common.database.document_progress import Activity, Stage, StageReached
from supportbot.common.errors import SupportbotError
from supportbot.common.files.refusals import refused_text
from supportbot.common.ids import DocumentId
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import DOCUMENT_STAGE_SECONDS

STANDSTILL_S: Final[dict[Activity, float]] = {
    "reading": 300.0,
    "describing": 300.0,
    "embedding": 180.0,
    "indexing": 120.0,
}
"""How long each may go without getting any further; a server that asks for patience gets it."""
_WORTH_A_LINE_S: Final = 10.0
_log = logger(__name__)


class StandstillError(SupportbotError):
    """An activity has not got any further for too long."""

    def __init__(self, activity: Activity, seconds: float) -> None:
        super().__init__(refused_text(f"standstill_{activity}", seconds=f"{seconds:.0f}"))


class StageFollower:
    """Knows in memory where the work on one document is; whoever holds the claim stores that now and then."""

    def __init__(self, document: DocumentId) -> None:
        """At its beginning, when the document's file is to be read."""
        self._document = document
        self._stage: Stage = "received"
        self._activity: Activity = ""
        self._done = self._total = 0
        self._since = self._reached_at = time.monotonic()
        self._limit: asyncio.Timeout | None = None
        self._limit_s = 0.0

    @property
    def now(self) -> StageReached:
        """Where it is."""
        seconds = time.monotonic() - self._since
        return StageReached(self._stage, self._activity, self._done, self._total, seconds)

    @property
    def mark(self) -> tuple[object, ...]:
        """Another one whenever there is something new to be told."""
        return (self._stage, self._activity, self._done, self._total)

    def reach(self, stage: Stage) -> None:
        """A stage has been reached."""
        seconds = time.monotonic() - self._reached_at
        DOCUMENT_STAGE_SECONDS.labels(stage).observe(seconds)
        log = _log.info if seconds >= _WORTH_A_LINE_S else _log.debug
        log("A document has reached a stage", document=self._document, stage=stage, seconds=round(seconds, 2))
        self._stage, self._reached_at = stage, time.monotonic()
        self._begin("", 0)

    def advance(self, done: int, total: int) -> None:
        """So much of what is being done is done."""
        self._done, self._total = done, total
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time() + self._limit_s)

    @asynccontextmanager
    async def doing(self, activity: Activity, total: int = 0) -> AsyncIterator[asyncio.Timeout]:
        """Something is done, and stopped once it has not got any further for too long.

        Raises:
            StandstillError: so it was.
        """
        self._begin(activity, total)
        self._limit_s = STANDSTILL_S[activity]
        try:
            async with asyncio.timeout(self._limit_s) as limit:
                self._limit = limit
                yield limit
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise StandstillError(activity, self._limit_s) from error
        finally:
            self._limit = None

    def _begin(self, activity: Activity, total: int) -> None:
        self._activity, self._done, self._total = activity, 0, total
        self._since = time.monotonic()
