"""Statements that are built once, and those that both databases spell in their own way.

Building a statement takes several times as long as running it on SQLite. One that runs with every message is made by a
function that is `prepared`, and gets its values as parameters.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Insert, Subquery, Table, insert, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite

from supportbot.common.database.clock import now
from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.tables import conversations, pending
from supportbot.common.database.transactions import Transaction


@prepared
def insertion(table: Table, *moments: str) -> Insert:
    """An INSERT whose columns come as parameters, but for `moments`, which get the database's time."""
    return insert(table).values(_now_in(moments)) if moments else insert(table)


async def insert_if_absent(
    tx: Transaction, table: Table, values: Mapping[str, Any], *, moments: tuple[str, ...] = ()
) -> bool:
    """Insert a row unless one with the same key is there. True when it was inserted."""
    statement = _insertion_if_absent(tx.connection.dialect.name, table, moments)
    expressions = {name: value for name, value in values.items() if isinstance(value, ColumnElement)}
    if expressions:
        statement = statement.values(expressions)
    plain = {name: value for name, value in values.items() if name not in expressions}
    return (await tx.execute(statement, plain)).rowcount == 1


async def insert_or_update(
    tx: Transaction, table: Table, values: Mapping[str, Any], *, key: Sequence[Column[Any]]
) -> None:
    """Insert a row, or give the one with the same key these values."""
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    names = {column.name for column in key}
    statement = dialect.insert(table).values(dict(values))
    changed = {name: statement.excluded[name] for name in values if name not in names}
    await tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed))


@prepared
def _insertion_if_absent(dialect_name: str, table: Table, moments: tuple[str, ...]) -> Insert:
    dialect = postgresql if dialect_name == "postgresql" else sqlite
    statement: Insert = dialect.insert(table).on_conflict_do_nothing()
    return statement.values(_now_in(moments)) if moments else statement


def _now_in(columns: Sequence[str]) -> dict[str, ColumnElement[Any]]:
    return {column: now() for column in columns}


COUNTED: Final = 1000
"""Of the turns that wait, so many are looked at where all are asked for."""


def earliest_pending(*columns: ColumnElement[Any]) -> Subquery:
    """Conversations in which something waits for the machine, those due longest first, at most `COUNTED`.

    PostgreSQL expects a third of all conversations to wait and would read them all; in the order of the partial
    index, and with a limit that it knows, it reads that index.
    """
    most: ColumnElement[Any] = literal_column(str(COUNTED))
    return select(*columns).where(pending).order_by(conversations.c.due_at).limit(most).subquery()
