"""Indexes of tables that may be large, built while everybody writes.

A migration is one transaction, and an index that is built within it keeps everybody from writing until it is done. So
on PostgreSQL migrations leave these to the processes, wherever their table holds anything: one process builds what is
missing, by CREATE INDEX CONCURRENTLY. A build that was interrupted leaves an index that is kept up and never used; it
is taken away first. On a single file migrations build everything: nobody else writes there meanwhile.
"""

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.outage import Outage

AGAIN_S = 60.0
"""After a look that found somebody else at work, or the database away."""
ALL_THERE_S = 3600.0
_LONGEST_S = 24 * 3600.0
_LOCK = 7361727
_log = logger(__name__)

_STATES = text("""
    SELECT c.relname, i.indisvalid,
           EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.relid = i.indrelid)
      FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
     WHERE c.relname = ANY(:names) AND pg_table_is_visible(c.oid)
""")


@dataclass(frozen=True, slots=True)
class Found:
    """An index that is there: whether it serves, and whether somebody is building one on its table just now."""

    name: str
    is_valid: bool
    in_work: bool


def large_indexes() -> dict[str, str]:
    """By name, the statement that builds each beside writes."""
    from supportbot.common.database.schema.all_tables import metadata

    indexes = (index for table in metadata.tables.values() for index in table.indexes if _is_large(index))
    return {str(index.name): _statement(index) for index in sorted(indexes, key=lambda index: str(index.name))}


def statements(wanted: dict[str, str], found: Iterable[Found]) -> list[tuple[str, str]]:
    """What there is to do: the index's name, and a statement. Nothing for what serves, or is in somebody's hands."""
    there = {one.name: one for one in found}
    steps: list[tuple[str, str]] = []
    for name, build in wanted.items():
        one = there.get(name)
        if one is not None and (one.is_valid or one.in_work):
            continue
        if one is not None:
            steps.append((name, f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
        steps.append((name, build))
    return steps


async def are_there(database: Database) -> bool:
    """Whether every large index serves. On a single file they do: its migrations build them."""
    if database.dialect != "postgresql":
        return True
    serving = {one.name for one in await database.read(_look) if one.is_valid}
    return serving >= set(large_indexes())


async def build_missing(database: Database) -> bool:
    """Build what is missing, unless another process does; returns whether all are there now."""
    if await are_there(database):
        return True

    async def while_alone(tx: Transaction) -> None:
        # Held by a transaction that looks at nothing, as builds wait for whoever looks at something; not by a session:
        # behind a pooler it would outlive us.
        if (await tx.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK})).scalar_one():
            # Said in one piece, which closes what the statement before left open: else it would look at something.
            driver: Any = (await tx.connection.get_raw_connection()).driver_connection
            await driver.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            for name, statement in statements(large_indexes(), await database.read(_look)):
                await _run(database, name, statement)

    await database.write(while_alone)
    return await are_there(database)


async def keep_built(database: Database) -> None:
    """Build what is missing, and look again now and then."""
    outage = Outage("Indexes have to wait", "Indexes can be built again")
    while True:
        complete = False
        try:
            complete = await build_missing(database)
            outage.over()
        except DatabaseUnavailableError as error:
            outage.met(error)
        pause = ALL_THERE_S if complete else AGAIN_S
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  # spreads processes apart


async def _run(database: Database, name: str, statement: str) -> None:
    """Run one statement outside of a transaction, for as long as it takes."""

    async def work(connection: AsyncConnection) -> None:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute(statement, timeout=_LONGEST_S)

    began = time.monotonic()
    step = "DROP" if statement.startswith("DROP") else "CREATE"
    _log.info("Work on an index begins, beside writes", index=name, step=step)
    try:
        await database.read(work)
    except _driver_errors() as error:
        raise DatabaseUnavailableError(
            f"The index {name} could not be built ({type(error).__name__}). Everything works without it, pages of the "
            "inbox more slowly; it is tried again"
        ) from error
    _log.info("Work on an index is done", index=name, step=step, seconds=round(time.monotonic() - began, 1))


def _driver_errors() -> tuple[type[Exception], ...]:
    import asyncpg  # type: ignore[import-untyped]

    return asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError


async def _look(connection: AsyncConnection) -> Sequence[Found]:
    rows = (await connection.execute(_STATES, {"names": list(large_indexes())})).all()
    return [Found(name, bool(is_valid), bool(in_work)) for name, is_valid, in_work in rows]


def _is_large(index: Index) -> bool:
    return bool(index.info.get("beside_writes"))


def _statement(index: Index) -> str:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateIndex

    written = str(CreateIndex(index).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    return written.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY IF NOT EXISTS", 1)
