"""The indexer as a process that kills itself where the work on a document comes to a given moment.

Data folder and moment in: a stage that is reached, an activity that begins, or `halfway` through the index.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from supportbot.common.database.document_progress import Activity, Stage
from supportbot.indexer.use_cases import work_through
from supportbot.indexer.use_cases.follow_stages import StageFollower
from tests.integration.indexing_process import main

HALFWAY = "halfway"


class DyingFollower(StageFollower):
    """Follows until the moment has come."""

    moment = ""

    def reach(self, stage: Stage) -> None:
        super().reach(stage)
        self._die_at(stage)

    def advance(self, done: int, total: int) -> None:
        super().advance(done, total)
        if 0 < done < total:
            self._die_at(HALFWAY)

    @asynccontextmanager
    async def doing(self, activity: Activity, total: int = 0) -> AsyncIterator[asyncio.Timeout]:
        async with super().doing(activity, total) as limit:
            self._die_at(activity)
            yield limit

    def _die_at(self, moment: str) -> None:
        if moment == self.moment:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    DyingFollower.moment = sys.argv[2]
    vars(work_through)["StageFollower"] = DyingFollower  # no other process could be told when to die
    os.chdir("/")
    asyncio.run(main(Path(sys.argv[1])))
