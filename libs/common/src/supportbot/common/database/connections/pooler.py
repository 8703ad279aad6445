"""A pooler such as PgBouncer in front of PostgreSQL: noticed, and worked with as its transaction mode needs it.

Behind it every transaction may run on another connection of the server. So nothing may be left in the session: no
prepared statement, no setting.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.util import await_only

from supportbot.common.telemetry.logging import logger

CONNECT_TIMEOUT_S = 5
RELAXED = text("SET LOCAL synchronous_commit = off")
"""What a transaction says that need not wait for the disk, where its session could not say so for good."""
_UNNAMED = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": str,  # an unnamed statement is parsed anew whenever it is run
}
_log = logger(__name__)


class Pooler:
    """Finds out, once per process, whether a pooler is in front; until that is known, there may be one."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self.absent: bool | None = None

    def prepare(self, parameters: dict[str, Any], session: Mapping[str, str]) -> None:
        """Complete a new connection's parameters; called by SQLAlchemy before it connects."""
        if self.absent is None:
            self.absent = await_only(self._look(parameters))
        if self.absent:
            parameters["server_settings"] = {**parameters["server_settings"], **session}
        else:
            parameters.update(_UNNAMED)

    async def _look(self, parameters: Mapping[str, Any]) -> bool | None:
        """Whether whom we connect to is the server itself; None where nobody answers, which the caller will notice."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                connection = await asyncpg.connect(
                    host=self._url.host,
                    port=self._url.port or 5432,
                    user=self._url.username,
                    password=self._url.password,
                    database=self._url.database,
                    server_settings=parameters["server_settings"],
                    statement_cache_size=0,
                )
                try:
                    # A pooler makes up the number that it gives its client for cancelling.
                    process: int = await connection.fetchval("SELECT pg_backend_pid()")
                    absent: bool = process == connection.get_server_pid()
                finally:
                    await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return None
        if not absent:
            _log.info("A connection pooler stands before PostgreSQL; nothing is left in its sessions")
        return absent
