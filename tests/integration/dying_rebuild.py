"""A rebuild of the index as a process that kills itself halfway through a document. Data folder in."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import Access
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.port import Advance, KnowledgeIndex
from tests.integration.indexing import Bench


class DyingIndex:
    """An index that is written to half of a document, and never more."""

    def __init__(self, inner: KnowledgeIndex) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def replace(
        self,
        document: DocumentId,
        version: str,
        passages: Sequence[Passage],
        advance: Advance | None = None,
        access: Access | None = None,
    ) -> None:
        del advance
        await self._inner.replace(document, version, passages, _die_halfway, access)


def _die_halfway(done: int, total: int) -> None:
    if 0 < done < total:
        os.kill(os.getpid(), signal.SIGKILL)


async def _main(folder: Path) -> None:
    bench = Bench(folder, SqliteDatabase(folder / "supportbot.db"))
    async with bench.looking(lambda index: cast(KnowledgeIndex, DyingIndex(index))) as (service, _):
        await service.rebuild(lambda _done, _total: None)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
