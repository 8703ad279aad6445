"""As many conversations as a busy company has in years, made inside PostgreSQL.

Usage: .venv/bin/python -m tests.bench.inbox.seeding URL [CONVERSATIONS [MESSAGES]]
"""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import make_url, text

from supportbot.common.database.connections.postgres import PoolSettings, PostgresDatabase
from supportbot.common.database.opener import migrate
from supportbot.common.database.transactions import Transaction

_SEED: Final = Path(__file__).with_name("seed.sql")
_WORDS: Final = ("ix_messages_words", "ix_outbound_words")
"""Made again at the end, which is quicker."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is made."""

    conversations: int = 100_000
    messages: int = 1_000_000


async def seed(database: PostgresDatabase, amount: Amount) -> None:
    """Fill an empty, migrated database."""
    definitions = text("SELECT indexname, indexdef FROM pg_indexes")
    rows = await database.read(lambda connection: connection.execute(definitions))
    searched = {row.indexname: row.indexdef for row in rows if row.indexname in _WORDS}
    sql = _SEED.read_text(encoding="utf-8")
    sql = sql.format(count=amount.conversations, each=amount.messages // amount.conversations)
    filling = [statement for statement in sql.split(";\n") if statement.strip()]
    for statement in (*(f"DROP INDEX {name}" for name in searched), *filling, *searched.values(), "ANALYZE"):
        await _run(database, statement)


async def _run(database: PostgresDatabase, statement: str) -> None:
    async def work(tx: Transaction) -> None:
        await tx.connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        await tx.connection.exec_driver_sql(statement)

    await database.write(work)


async def main(url: str, amount: Amount) -> None:
    """Migrate and fill."""
    database = PostgresDatabase(make_url(url), PoolSettings())
    try:
        await migrate(database)
        await seed(database, amount)
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Amount(*map(int, sys.argv[2:4]))))
