"""As many conversations as a busy company has in years, made inside PostgreSQL.

Usage: .venv/bin/python -m tests.bench.inbox.seeding URL [CONVERSATIONS [MESSAGES]]
"""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import make_url
from sqlalchemy.engine import URL

from supportbot.common.database.connections.postgres import PoolSettings, PostgresDatabase
from supportbot.common.database.opener import migrate

_SEED: Final = Path(__file__).with_name("seed.sql")
_WORDS: Final = ("ix_messages_words", "ix_outbound_words")
"""Made again at the end, which is quicker."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is made."""

    conversations: int = 100_000
    messages: int = 1_000_000


async def seed(url: URL, amount: Amount) -> None:
    """Fill an empty, migrated database, on a connection of its own: the product's give up a statement after a while."""
    at = {"host": url.host, "port": url.port, "user": url.username, "password": url.password, "database": url.database}
    connection = await asyncpg.connect(**at)
    try:
        rows = await connection.fetch("SELECT indexname, indexdef FROM pg_indexes")
        searched = {row["indexname"]: row["indexdef"] for row in rows if row["indexname"] in _WORDS}
        sql = _SEED.read_text(encoding="utf-8")
        sql = sql.format(count=amount.conversations, each=amount.messages // amount.conversations)
        filling = [statement for statement in sql.split(";\n") if statement.strip()]
        for statement in (*(f"DROP INDEX {name}" for name in searched), *filling, *searched.values(), "ANALYZE"):
            await connection.execute(statement)
    finally:
        await connection.close()


async def main(url: URL, amount: Amount) -> None:
    """Migrate and fill."""
    database = PostgresDatabase(url, PoolSettings())
    try:
        await migrate(database)
    finally:
        await database.close()
    await seed(url, amount)


if __name__ == "__main__":
    asyncio.run(main(make_url(sys.argv[1]), Amount(*map(int, sys.argv[2:4]))))
