"""When to bring the embedded index to the disk: the engine holds up the whole process for it, a quarter of a second."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError
from supportbot.common.telemetry.logging import logger

QUIET_S: Final = 2.0
LONGEST_S: Final = 120.0
"""Even where it is never quiet: after a kill what was not flushed is replayed, some 5,000 passages a second."""
_log = logger(__name__)


class QuietFlush:
    """Flushes once nobody has written or asked for a while."""

    def __init__(self, flush: Callable[[], Awaitable[None]]) -> None:
        self._flush = flush
        self._dirty = asyncio.Event()
        self._dirty_since = 0.0
        self._used_at = 0.0

    def note_use(self) -> None:
        """Somebody asks or writes now."""
        self._used_at = time.monotonic()

    def note_change(self) -> None:
        """Something was written."""
        self.note_use()
        if not self._dirty.is_set():
            self._dirty_since = self._used_at
            self._dirty.set()

    async def run(self, *, quiet_s: float = QUIET_S, longest_s: float = LONGEST_S) -> None:
        """Flush in quiet moments until cancelled."""
        while True:
            await self._dirty.wait()
            now = time.monotonic()
            wait = min(self._used_at + quiet_s, self._dirty_since + longest_s) - now
            if wait > 0:
                await asyncio.sleep(wait)
                continue
            self._dirty.clear()
            try:
                await self._flush()
            except KnowledgeIndexUnavailableError as error:
                _log.warning("The knowledge index could not be brought to the disk", error=str(error))
                self.note_change()
