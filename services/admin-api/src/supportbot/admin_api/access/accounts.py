"""Whether there are accounts: until there is one, only a browser on this very machine is let in."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.schema.operator_tables import operators


async def any_operator(connection: AsyncConnection) -> bool:
    """Whether anybody was ever added."""
    return bool((await connection.execute(select(exists(select(operators.c.id))))).scalar_one())
