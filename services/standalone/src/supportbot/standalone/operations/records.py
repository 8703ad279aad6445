"""What the database says: whether it can be used, who is connected, and what the product itself was alarmed by."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import after
from supportbot.common.database.opener import COMMAND, connect_database, stored_revision
from supportbot.common.database.schema.mail_tables import alerts
from supportbot.common.database.schema.migrating import head, revisions
from supportbot.common.errors import SupportbotError
from supportbot.standalone.operations.postgres import connections
from supportbot.standalone.settings import StandaloneSettings

NO_DATABASE: Final = "there is none at"
_ALARMED_FOR: Final = timedelta(days=1)
_ALARMS: Final = 20
Report = dict[str, Any]


async def records(settings: StandaloneSettings) -> Report:
    """Its place, the version of its tables, its connections, and the alerts of the last day, newest first."""
    kind = "postgresql" if settings.db_host else "sqlite"
    place = f"{settings.db_host}:{settings.db_port}" if settings.db_host else str(settings.database_path)
    found: Report = {"kind": kind, "place": place, "newest": head()}
    if not settings.db_host and not settings.database_path.is_file():
        return {**found, "problem": f"{NO_DATABASE} {settings.database_path.absolute()} yet"}
    database = connect_database(settings, COMMAND)
    try:
        found["tables"] = await stored_revision(database)
        found["version"] = _version(found["tables"])
        if settings.db_host:
            found["connections"] = await _connections(settings)
        if found["tables"] == head():
            found["alerts"] = await database.read(_alerts)
    except SupportbotError as error:
        found["problem"] = str(error)
    finally:
        await database.close()
    return found


def _version(tables: str | None) -> str:
    """What that version means to this program."""
    if tables is None:
        return "no tables"
    if tables == head():
        return "as this program has it"
    return "older than this program" if tables in revisions() else "newer than this program"


async def _connections(settings: StandaloneSettings) -> Report:
    seen = await connections(settings)
    ours = {row["who"] for row in seen.by_state if str(row["who"]).startswith("supportbot")} - {COMMAND}
    return {"used": seen.used, "most": seen.most, "ours": sorted(ours), "by_state": seen.by_state}


async def _alerts(connection: AsyncConnection) -> list[Report]:
    recent = select(alerts).where(alerts.c.raised_at > after(-_ALARMED_FOR.total_seconds()))
    rows = await connection.execute(recent.order_by(alerts.c.raised_at.desc()).limit(_ALARMS))
    return [
        {"minutes_ago": (datetime.now(UTC) - row.raised_at) // timedelta(minutes=1), "kind": row.kind, "text": row.text}
        for row in rows
    ]
