"""The sources of web pages in the database, where operators name them and see what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from supportbot.common.database import web_sources
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.database.web_sources import WebSource
from supportbot.indexer.web_ports import Looked


@dataclass(frozen=True, slots=True)
class SqlWebSources:
    """See WebSources."""

    database: Database

    async def all(self) -> Sequence[WebSource]:
        """See WebSources."""
        return await self.database.read(web_sources.every_source)

    async def due(self) -> Sequence[str]:
        """See WebSources."""
        return await self.database.read(web_sources.due_sources)

    async def adopt(self, origin: str, looked_at: Mapping[str, float], again_s: float) -> None:
        """See WebSources."""

        async def work(tx: Transaction) -> None:
            for address, at in looked_at.items():
                moment = datetime.fromtimestamp(at, UTC) if at else None
                await web_sources.add_source(tx, address, origin, looked_at=moment, again_s=again_s)

        await self.database.write(work)

    async def begin(self, address: str) -> bool:
        """See WebSources."""
        return await self.database.write(lambda tx: web_sources.begin_look(tx, address))

    async def end(self, address: str, looked: Looked | None, again_s: float) -> None:
        """See WebSources."""

        async def work(tx: Transaction) -> None:
            if looked is None:
                await web_sources.break_off(tx, address)
                return
            found = {"pages": looked.pages, "failed": looked.failed, "error": looked.error}
            await web_sources.end_look(tx, address, **found, again_s=again_s)  # type: ignore[arg-type]

        await self.database.write(work)

    async def forget(self, address: str) -> None:
        """See WebSources."""
        await self.database.write(lambda tx: web_sources.forget_source(tx, address))
