"""Watches this process's pool: one alert when it is nearly used up or somebody waited in vain, until that is over."""

import asyncio
import logging

from supportbot.common.contracts import AlertRaised
from supportbot.common.database.alerts import raise_alert
from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.connections.statement_watch import StatementWatch
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.ids import uuid7
from supportbot.common.settings import CommonSettings
from supportbot.common.telemetry.logging import logger

OVERFLOW_MOST = 5
"""More connections than that beyond the pool's size are worth an alert, however large the pool is."""
_ADVICE = "Look for slow statements, or raise DB_POOL_SIZE and DB_MAX_OVERFLOW"
_log = logger(__name__)


async def watch_pool(database: Database, settings: CommonSettings) -> None:
    """Look every DB_MONITOR_CHECK_INTERVAL seconds, for ever, at slow statements too. SQLite has neither."""
    if not settings.db_monitor_enabled or not isinstance(database, PostgresDatabase):
        await asyncio.Event().wait()
        return
    monitor = PoolMonitor(database, settings.db_monitor_alert_threshold, settings.db_monitor_log_level)
    statements = StatementWatch(database, settings.db_monitor_slow_statement)
    while True:
        await asyncio.sleep(settings.db_monitor_check_interval)
        await monitor.look()
        await statements.look()


class PoolMonitor:
    """Tells of trouble when it begins and when it is over."""

    def __init__(self, database: PostgresDatabase, threshold: float, level: str) -> None:
        """`threshold` is in percent of the pool's size, `level` that of the lines in the log."""
        self._database = database
        self._threshold = threshold
        self._level = logging.getLevelName(level)
        self._in_trouble = False
        self._seen_refusals = database.refusals

    async def look(self) -> None:
        """One look."""
        problem = self._problem()
        if problem is None:
            if self._in_trouble:
                self._in_trouble = not await self._tell("the connection pool is at rest again")
            return
        _log.log(self._level, "The connection pool is short", error=problem, **self._database.pool_status())
        if not self._in_trouble:
            self._in_trouble = await self._tell(f"{problem}. {_ADVICE}")

    def _problem(self) -> str | None:
        status, refusals = self._database.pool_status(), self._database.refusals
        refused, self._seen_refusals = refusals - self._seen_refusals, refusals
        use = 100 * status["checked_out"] / max(1, status["size"])
        if refused:
            return f"{refused} times nobody gave a connection back in time"
        if use > self._threshold or status["overflow"] > OVERFLOW_MOST:
            return f"{status['checked_out']} connections are in use, {status['size']} are kept"
        return None

    async def _tell(self, said: str) -> bool:
        service = self._database.application_name.partition(" ")[0]
        text = f"{service}: {said}"
        alert = AlertRaised(correlation_id=uuid7(), kind="database_pool", severity="warning", text=text)
        try:
            # Among the claims there is room when the pool for work is full.
            await self._database.write(lambda tx: raise_alert(tx, alert), lane="relaxed")
        except DatabaseUnavailableError as error:
            _log.warning("An alert could not be stored", kind=alert.kind, error=str(error))
            return False
        return True
