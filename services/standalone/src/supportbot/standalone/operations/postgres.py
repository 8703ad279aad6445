"""What PostgreSQL itself says: who is connected, and which statements take their time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.connections.statement_watch import Slow, statements_that_run
from supportbot.common.database.opener import COMMAND, connect_database
from supportbot.common.settings import CommonSettings
from supportbot.standalone.backup.postgres_copy import connected

_ACTIVITY: Final = """
SELECT split_part(application_name, ' ', 1) AS who, coalesce(state, 'none') AS state, count(*)::int AS connections,
       coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float AS longest_s
  FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
 GROUP BY 1, 2 ORDER BY 1, 2"""
_LIMITS: Final = """
SELECT current_setting('max_connections')::int AS most,
       (SELECT count(*)::int FROM pg_stat_activity WHERE datname IS NOT NULL) AS used"""
_PAST: Final = text("""
SELECT left(query, 300) AS statement, calls::int AS calls, (mean_exec_time / 1000)::float AS mean_s,
       (max_exec_time / 1000)::float AS max_s
  FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid AND d.datname = current_database()
 WHERE max_exec_time > 1000 * :over ORDER BY total_exec_time DESC LIMIT 20""")


@dataclass(frozen=True)
class Connections:
    """Who is connected to the database, against what the server gives to all."""

    most: int
    used: int
    by_state: list[dict[str, Any]]

    @property
    def percent(self) -> float:
        return 100 * self.used / max(1, self.most)


@dataclass(frozen=True)
class SlowStatements:
    """Statements beyond a limit. `past` is None where the server keeps no statistics of them."""

    running: Sequence[Slow]
    past: list[dict[str, Any]] | None

    @property
    def any(self) -> bool:
        return bool(self.running or self.past)


async def connections(settings: CommonSettings) -> Connections:
    """Raises BackupError where the server cannot be reached."""
    async with connected(settings) as connection:
        limits = await connection.fetchrow(_LIMITS)
        return Connections(limits["most"], limits["used"], [dict(row) for row in await connection.fetch(_ACTIVITY)])


async def slow_statements(settings: CommonSettings, over_s: float) -> SlowStatements:
    """Raises DatabaseUnavailableError where the server cannot be reached."""
    database = connect_database(settings, COMMAND)
    try:
        running = await database.read(lambda one: statements_that_run(one, over_s, of_commands=True))
        return SlowStatements(running, await database.read(partial(_past, over_s=over_s)))
    finally:
        await database.close()


async def _past(connection: AsyncConnection, over_s: float) -> list[dict[str, Any]] | None:
    try:
        return [row._asdict() for row in await connection.execute(_PAST, {"over": over_s})]
    except DBAPIError:  # the extension is not there, or not loaded
        return None


async def vacuum(settings: CommonSettings) -> None:
    """Give back what deleted rows took, and bring the planner's statistics up to date; everything goes on meanwhile."""
    async with connected(settings) as connection:
        await connection.execute("VACUUM (ANALYZE)", timeout=3600)
