"""Watches the documents folder: a scan at every change, and one every two minutes whatever the system reports."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.domain.names import is_hidden
from supportbot.indexer.entrypoints.doorbell import Doorbell

RESCAN_S = 120.0
SETTLE_S = 3.0
"""After a change a second scan makes sure that nothing changed in the same moment as the first one looked."""
POLL_S = 5.0
_DEBOUNCE_MS = 400
_STEP_MS = 100
_log = logger(__name__)


class FolderWatch:
    """Calls `scan` once at the start and whenever the folder may have changed."""

    def __init__(self, folder: Path, scan: Callable[[], Awaitable[None]]) -> None:
        self._folder = folder
        self._scan = scan
        self._changed = Doorbell()
        self._rescan_s = RESCAN_S
        self.scanned = asyncio.Event()
        """Set once the folder has been looked at for the first time."""

    async def run(self) -> None:
        """Watch until cancelled."""
        listening = asyncio.create_task(self._listen(), name="documents folder events")
        try:
            while True:
                await self._scan_now()
                if await self._changed.wait(self._rescan_s):
                    await self._scan_now()
                    await self._changed.wait(SETTLE_S)
                elif listening.done():
                    listening = asyncio.create_task(self._listen(), name="documents folder events")
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening

    async def _scan_now(self) -> None:
        try:
            await self._scan()
            self.scanned.set()
        except DatabaseUnavailableError as error:
            _log.warning("Looking at the documents folder has to wait", error=str(error))
            self._changed.ring()
            await asyncio.sleep(SETTLE_S)

    async def _listen(self) -> None:
        """Pass on what the system reports; where it cannot watch, scans come more often instead."""
        from watchfiles import awatch

        try:
            node = await asyncio.to_thread(_node, self._folder)
            changes = awatch(
                self._folder,
                watch_filter=lambda _change, path: not is_hidden(Path(path).name),
                debounce=_DEBOUNCE_MS,
                step=_STEP_MS,
                yield_on_timeout=True,
                rust_timeout=int(RESCAN_S * 1000 / 4),
                ignore_permission_denied=True,
            )
            self._rescan_s = RESCAN_S
            # Once the system reports: what changed between the last scan and now was reported to nobody.
            asyncio.get_running_loop().call_soon(self._changed.ring)
            async for found in changes:
                if found:
                    self._changed.ring()
                if await asyncio.to_thread(_node, self._folder) != node:
                    return  # the folder was replaced by another one, which nobody watches yet
        except (OSError, RuntimeError) as error:
            _log.warning("The documents folder cannot be watched; it is looked at every few seconds", error=str(error))
            self._rescan_s = POLL_S
            await asyncio.sleep(RESCAN_S)


def _node(folder: Path) -> int:
    return folder.stat().st_ino
