"""Tried questions in the database."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from supportbot.common.database import trials as stored
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.telemetry.logging import logger

_FORGET_EVERY_S: Final = 3600.0
_log = logger(__name__)


@dataclass(frozen=True)
class DatabaseTrials:
    """See Trials."""

    database: Database

    async def claim(self) -> tuple[UUID, str] | None:
        """See Trials. Most looks find nothing, and take no write."""
        if not await self.database.read(stored.any_trial_waits):
            return None
        return await self.database.write(stored.claim_trial)

    async def finish(self, trial_id: UUID, result: Mapping[str, Any]) -> None:
        """See Trials."""
        await self.database.write(lambda tx: stored.finish_trial(tx, trial_id, result))

    async def forget_forever(self) -> None:
        """Drop old ones now and then."""
        while True:
            try:
                await self.database.write(stored.forget_trials, lane="relaxed")
            except DatabaseUnavailableError as error:
                _log.warning("Old trials could not be dropped; it is tried again", error=str(error))
            await asyncio.sleep(_FORGET_EVERY_S)
