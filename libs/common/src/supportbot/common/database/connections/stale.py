"""Connections that died while nobody used them are replaced before anybody gets them.

SQLAlchemy's own `pool_pre_ping` asks the server before every use, which costs three round trips with asyncpg: at our
rate, half of all that the server is asked. One that was in use a moment ago is known to be alive unless its socket says
otherwise, and that is free to ask.
"""

import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine

ASK_AFTER_IDLE_S = 5.0
_USED_AT = "used_at"


def replace_stale_connections(engine: AsyncEngine, *, ask_after_idle_s: float = ASK_AFTER_IDLE_S) -> None:
    """Look at each connection when it leaves the pool; ask the server only about one that lay there for a while."""
    pool, dialect = engine.sync_engine.pool, engine.sync_engine.dialect

    def returned(_connection: Any, record: Any) -> None:
        record.info[_USED_AT] = time.monotonic()

    def taken(connection: Any, record: Any, _fairy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError("the server has closed it")
        idle_s = time.monotonic() - record.info.get(_USED_AT, float("inf"))
        if ask_after_idle_s <= idle_s < float("inf"):
            try:
                dialect.do_ping(connection)
            except Exception as error:
                raise DisconnectionError("the server does not answer on it") from error

    event.listen(pool, "checkin", returned)
    event.listen(pool, "checkout", taken)
