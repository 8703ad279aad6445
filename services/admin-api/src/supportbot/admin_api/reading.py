"""Reading rows by a statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.transactions import Database


async def rows_of(database: Database, statement: Select[Any]) -> Sequence[Row[Any]]:
    """All rows that the statement finds."""

    async def work(connection: AsyncConnection) -> Sequence[Row[Any]]:
        rows: list[Row[Any]] = list(await connection.execute(statement))
        return rows

    return await database.read(work)
