"""Forgetting what nobody can use any more: attempts to sign in, and sessions that ended long ago."""

import asyncio
from typing import Final

from supportbot.admin_api.access import sessions, throttle
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.telemetry.outage import Outage

EVERY_S: Final = 3600.0


async def sweep_sessions(database: Database) -> None:
    """Once an hour, whatever happens."""
    outage = Outage("Forgetting old sessions has to wait", "Old sessions are forgotten again")
    while True:
        try:
            await database.write(_forget, lane="relaxed")
            outage.over()
        except DatabaseUnavailableError as error:
            outage.met(error)
        await asyncio.sleep(EVERY_S)


async def _forget(tx: Transaction) -> None:
    await throttle.prune(tx)
    await sessions.prune(tx)
