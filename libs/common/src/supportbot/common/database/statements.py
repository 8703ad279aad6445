"""Statements that both databases spell in their own way."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql, sqlite

from supportbot.common.database.transactions import Transaction


async def insert_if_absent(tx: Transaction, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same key is there. True when it was inserted."""
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(dict(values)).on_conflict_do_nothing()
    return (await tx.execute(statement)).rowcount == 1


async def insert_or_update(
    tx: Transaction, table: Table, values: Mapping[str, Any], *, key: Sequence[Column[Any]]
) -> None:
    """Insert a row, or give the one with the same key these values."""
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    names = {column.name for column in key}
    statement = dialect.insert(table).values(dict(values))
    changed = {name: statement.excluded[name] for name in values if name not in names}
    await tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed))
