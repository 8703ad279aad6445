"""Watches for slow statements on PostgreSQL: those that run now, and what pg_stat_statements counted meanwhile."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import AlertRaised
from supportbot.common.database.alerts import raise_alert
from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.ids import uuid7
from supportbot.common.telemetry.logging import logger

MOST_TOLD: Final = 3
"""At one look; the command shows all."""
_SHOWN: Final = 200
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
# What upkeep and backups do takes its time by nature, and commands say themselves how long they took.
_RUNNING: Final = text("""
SELECT query AS statement, extract(epoch FROM clock_timestamp() - query_start)::float AS seconds
  FROM pg_stat_activity
 WHERE datname = current_database() AND state = 'active' AND backend_type = 'client backend'
   AND pid <> pg_backend_pid() AND (CAST(:of_commands AS boolean) OR application_name NOT LIKE 'supportbot-command%')
   AND query_start < clock_timestamp() - make_interval(secs => :over)
   AND query !~* '^\\s*(create|drop) index concurrently'
 ORDER BY 2 DESC LIMIT 20""")
_COUNTED: Final = text("""
SELECT queryid, max(query) AS statement, sum(calls)::bigint AS calls, sum(total_exec_time)::float AS total_ms,
       max(max_exec_time)::float AS most_ms
  FROM pg_stat_statements
 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND max_exec_time > 1000 * :over
   AND query !~* '^\\s*(copy|vacuum|analyze|create|drop|alter|reindex|cluster)'
 GROUP BY queryid""")
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Slow:
    """A statement and how long it took, or takes by now."""

    statement: str
    seconds: float


@dataclass(frozen=True, slots=True)
class _Count:
    statement: str
    calls: int
    total_ms: float
    most_ms: float


async def statements_that_run(
    connection: AsyncConnection, over_s: float, *, of_commands: bool = False
) -> Sequence[Slow]:
    """What has been running for longer than `over_s`, the longest first; `of_commands`: that of our commands too."""
    rows = await connection.execute(_RUNNING, {"over": over_s, "of_commands": of_commands})
    return [Slow(shown(row.statement), row.seconds) for row in rows]


class StatementWatch:
    """Tells of each slow statement once an hour, whichever process sees it first."""

    def __init__(self, database: PostgresDatabase, over_s: float) -> None:
        """`over_s`: seconds from which a statement is slow."""
        self._database = database
        self._over_s = over_s
        self._counts: Mapping[int, _Count] | None = None

    async def look(self) -> Sequence[Slow]:
        """One look. Returns what was slow since the one before; of the first one, what runs now."""
        try:
            running = await self._database.read(lambda connection: statements_that_run(connection, self._over_s))
            found = [*running, *await self._counted()]
            for one in found[:MOST_TOLD]:
                await self._tell(one)
        except DatabaseUnavailableError as error:
            _log.debug("Slow statements cannot be looked for", error=str(error))
            return []
        return found

    async def _counted(self) -> list[Slow]:
        try:
            counts = await self._database.read(self._counts_now)
        except DBAPIError:  # the extension is not there, or the server was started without it
            return []
        before, self._counts = self._counts, counts
        if before is None:
            return []
        slow = ((one, _seconds_since(one, before.get(key))) for key, one in counts.items())
        return [Slow(shown(one.statement), seconds) for one, seconds in slow if seconds > self._over_s]

    async def _counts_now(self, connection: AsyncConnection) -> Mapping[int, _Count]:
        rows = await connection.execute(_COUNTED, {"over": self._over_s})
        return {row.queryid: _Count(row.statement, row.calls, row.total_ms, row.most_ms) for row in rows}

    async def _tell(self, slow: Slow) -> None:
        _log.warning("A statement is slow", seconds=round(slow.seconds, 1), statement=slow.statement)
        said = f"A statement of the database takes {slow.seconds:.1f} s: {slow.statement}. "
        advice = "`supportbot db slow-queries` shows all; look for locks, a slow disk, or a server that is too small"
        alert = AlertRaised(correlation_id=uuid7(), kind="slow_statement", severity="warning", text=said + advice)
        key = f"{sha256(slow.statement.encode()).hexdigest()} {datetime.now(UTC):%Y-%m-%d %H}"
        await self._database.write(lambda tx: raise_alert(tx, alert, once=key), lane="relaxed")


def _seconds_since(now: _Count, before: _Count | None) -> float:
    """The longest that it can have taken since then: its new record, else the mean of its new calls."""
    if before is None or now.most_ms > before.most_ms:
        return now.most_ms / 1000
    calls = now.calls - before.calls
    return (now.total_ms - before.total_ms) / calls / 1000 if calls > 0 else 0.0


def shown(statement: str) -> str:
    """A statement without what somebody may have written, in one short line."""
    return " ".join(_LITERAL.sub("'…'", statement).split())[:_SHOWN]
