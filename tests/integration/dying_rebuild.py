"""A rebuild of the index as a process that kills itself. Data folder and moment in, see `watched_index`."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import cast

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.knowledge.port import KnowledgeIndex
from tests.integration.indexing import Bench
from tests.integration.watched_index import WatchedIndex


async def _main(folder: Path, moment: str) -> None:
    async def die(reached: str, _built: KnowledgeIndex) -> None:
        if reached == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    bench = Bench(folder, SqliteDatabase(folder / "supportbot.db"))
    async with bench.looking(lambda index: cast(KnowledgeIndex, WatchedIndex(index, die))) as (service, _):
        await service.rebuild(lambda _done, _total: None)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), sys.argv[2]))
