"""Whether all processes together can have the connections that their pools may ask for. Looked at when one starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.connections.names import read_connection_name
from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.transactions import Database
from supportbot.common.errors import SupportbotError
from supportbot.common.telemetry.logging import logger

_LIMITS = text(
    "SELECT current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int"
    " + coalesce(current_setting('reserved_connections', true)::int, 0)"
)
_CONNECTED = text(
    "SELECT coalesce(application_name, ''), count(*) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' GROUP BY 1"
)
_log = logger(__name__)


class TooFewConnectionsError(SupportbotError):
    """The server lets fewer connections in than this process alone may ask for."""


@dataclass(frozen=True, slots=True)
class Connections:
    """What the server lets in, and who is connected: connections by `application_name`."""

    most: int
    reserved: int
    connected: Mapping[str, int] = field(default_factory=dict)

    @property
    def free_for_us(self) -> int:
        """How many ordinary users may have."""
        return self.most - self.reserved


async def check_connections(database: Database) -> None:
    """Warn where the pools of all processes together may ask for more connections than there are.

    Raises:
        TooFewConnectionsError: this process alone may.
    """
    if not isinstance(database, PostgresDatabase):
        return
    found = await database.read(_look)
    if not database.pooler.absent:
        return  # it has connections of its own to share out, and waiting for one is what it is for
    warning = judge(found, database.application_name, database.capacity, database.place)
    if warning is not None:
        _log.warning(warning)


def judge(found: Connections, own_name: str, own: int, place: str) -> str | None:
    """What to tell the operator; None where all is well. A process that is connected counts with all it may take.

    Raises:
        TooFewConnectionsError: see `check_connections`.
    """
    limit = f"PostgreSQL at {place} has {found.free_for_us} connections to give (max_connections={found.most})"
    if own > found.free_for_us:
        raise TooFewConnectionsError(
            f"DB_POOL_SIZE, DB_MAX_OVERFLOW: {limit}, and this process alone may ask for {own}. "
            f"Lower the settings, or raise max_connections to at least {own + found.reserved}"
        )
    others = {name: read_connection_name(name) for name in found.connected if name != own_name}
    ours = sorted(known for known in others.values() if known)
    strangers = sum(found.connected[name] for name, known in others.items() if not known)
    wanted = own + sum(capacity for _, capacity in ours) + strangers
    if wanted <= found.free_for_us:
        return None
    parts = [f"{service} {capacity}" for service, capacity in [*ours, (own_name.partition(" ")[0], own)]]
    return (
        f"{limit}; the processes that are connected may ask for {wanted} "
        f"({', '.join(parts)}, other programs {strangers}): some would have to wait, or be refused. "
        f"Raise max_connections to at least {wanted + found.reserved}, or lower DB_POOL_SIZE and DB_MAX_OVERFLOW"
    )


async def _look(connection: AsyncConnection) -> Connections:
    most, reserved = (await connection.execute(_LIMITS)).one()
    connected = (await connection.execute(_CONNECTED)).all()
    return Connections(most, reserved, {row[0]: row[1] for row in connected})
