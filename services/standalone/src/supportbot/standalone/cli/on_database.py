"""What most commands do: open the product's database, work on it, and close it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from supportbot.common.database.opener import COMMAND, open_database
from supportbot.common.database.transactions import Database
from supportbot.common.settings import CommonSettings
from supportbot.standalone.joining import load_joined

T = TypeVar("T")


def on_database(work: Callable[[Database], Awaitable[T]]) -> T:
    """What `work` returns; its database is that of the process or services which run on this folder."""

    async def run() -> T:
        database = await open_database(load_joined(CommonSettings), COMMAND)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())
