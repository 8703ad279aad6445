"""Events between processes that share a database but no broker: each reads what the others wrote into the outbox."""

import asyncio
from collections import OrderedDict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.bus.port import Bus
from supportbot.common.contracts.envelope import UnknownEventError, decode
from supportbot.common.database.clock import statement_start
from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.schema.tables import outbox
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.outage import Outage
from supportbot.common.telemetry.tracing import under

LOOK_EVERY_S = 0.2
BACKLOG_S = 10.0
"""How far back a look goes: rows become visible in the order of commits, not of their creation."""
_REMEMBERED = 50_000
_log = logger(__name__)


class OutboxTail:
    """Hands the events of other processes to this one's local bus, each once. Losing one would only cost time."""

    def __init__(self, database: Database, bus: Bus, own: OutboxPublisher) -> None:
        self._database = database
        self._bus = bus
        self._seen: OrderedDict[UUID, None] = OrderedDict()
        own.on_committed(lambda event: self._is_new(event.message_id))

    async def run(self) -> None:
        """Look every `LOOK_EVERY_S` for as long as the process lives."""
        outage = Outage("Events of other processes cannot be read now", "Events of other processes are read again")
        while True:
            try:
                await self.look()
                outage.over()
            except DatabaseUnavailableError as error:
                outage.met(error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> int:
        """Publish what other processes wrote since the last look. Returns how many events that were."""
        found = [row for row in await self._database.read(_recent) if self._is_new(row.id)]
        for row in found:
            try:
                with under(row.headers.get("traceparent")):
                    await self._bus.publish(decode(row.body))
            except UnknownEventError as error:
                _log.warning("An event of another process cannot be read", id=str(row.id), error=str(error))
        return len(found)

    def _is_new(self, event_id: UUID) -> bool:
        if event_id in self._seen:
            return False
        self._seen[event_id] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True


async def _recent(connection: AsyncConnection) -> list[Row[Any, Any, Any]]:
    wanted = select(outbox.c.id, outbox.c.body, outbox.c.headers)
    recent = wanted.where(outbox.c.created_at > statement_start(-BACKLOG_S))
    rows = (await connection.execute(recent.order_by(outbox.c.created_at))).all()
    return list(rows)
