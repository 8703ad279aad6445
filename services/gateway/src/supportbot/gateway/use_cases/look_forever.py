"""Looks again and again, for what is worth nothing where the database is away."""

import asyncio
from collections.abc import Awaitable, Callable

from supportbot.common.database.transactions import DatabaseUnavailableError


async def look_forever(look: Callable[[], Awaitable[object]], every_s: float) -> None:
    """Look every `every_s` seconds. A database that is away is told by whoever sends and receives."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await look()
        except DatabaseUnavailableError:
            continue
