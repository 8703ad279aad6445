"""The indexer as a process of its own, to be killed: data folder in, one line when all is indexed."""

import asyncio
import os
import sys
from pathlib import Path

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.opener import migrate
from tests.integration.indexing import Bench


async def main(folder: Path) -> None:
    """Index until everything is done, or until killed."""
    database = SqliteDatabase(folder / "supportbot.db")
    await migrate(database)
    async with Bench(folder, database).running() as (service, _):
        sys.stdout.write("started\n")
        sys.stdout.flush()
        status = await service.until_settled()
        sys.stdout.write(f"settled {status.ready}\n")
        sys.stdout.flush()
    await database.close()


if __name__ == "__main__":
    os.chdir("/")
    asyncio.run(main(Path(sys.argv[1])))
