"""SQLite: several units of work share a commit, and still succeed, fail and are abandoned one by one."""

import asyncio
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from opentelemetry import context as otel_context
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import after
from supportbot.common.database.connections.sqlite import GROUP_SIZE, SqliteDatabase
from supportbot.common.database.schema.tables import bots
from supportbot.common.database.transactions import DatabaseUnavailableError, Lane, Transaction


class RefusedError(Exception):
    """A unit of work changed its mind."""


async def _add(tx: Transaction, bot: str) -> str:
    never = after(-1)
    await tx.execute(insert(bots).values(bot=bot, sender_until=never, poller_until=never))
    return bot


async def _add_and_refuse(tx: Transaction, bot: str) -> str:
    await _add(tx, bot)
    raise RefusedError


async def _stored(connection: AsyncConnection) -> set[str]:
    return set((await connection.execute(select(bots.c.bot))).scalars())


async def test_a_unit_that_fails_takes_nobody_along(sqlite_database: SqliteDatabase) -> None:
    units = [
        sqlite_database.write(lambda tx, n=n: (_add_and_refuse if n % 3 else _add)(tx, str(n)))  # type: ignore[misc]
        for n in range(30)
    ]
    results = await asyncio.gather(*units, return_exceptions=True)
    expected = {str(n) for n in range(0, 30, 3)}
    assert {result for result in results if isinstance(result, str)} == expected
    assert sum(isinstance(result, RefusedError) for result in results) == 20
    assert await sqlite_database.read(_stored) == expected


@pytest.mark.parametrize("lanes", [("work",), ("relaxed",), ("relaxed", "work", "intake")])
async def test_more_units_than_a_group_holds_are_all_stored(
    sqlite_database: SqliteDatabase, lanes: tuple[Lane, ...]
) -> None:
    count = 3 * GROUP_SIZE
    await asyncio.gather(
        *(sqlite_database.write(lambda tx, n=n: _add(tx, str(n)), lane=lanes[n % len(lanes)]) for n in range(count))  # type: ignore[misc]
    )
    assert len(await sqlite_database.read(_stored)) == count


async def test_a_caller_that_is_cancelled_leaves_the_others_alone(sqlite_database: SqliteDatabase) -> None:
    begun = asyncio.Event()

    async def slowly(tx: Transaction) -> str:
        begun.set()
        await asyncio.sleep(0.02)
        return await _add(tx, "slow")

    slow = asyncio.create_task(sqlite_database.write(slowly))
    await begun.wait()
    waiting = asyncio.create_task(sqlite_database.write(lambda tx: _add(tx, "waiting")))
    await asyncio.sleep(0)
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert await waiting == "waiting"
    assert "waiting" in await sqlite_database.read(_stored)
    assert await sqlite_database.write(lambda tx: _add(tx, "later")) == "later"


async def test_a_unit_that_is_cancelled_from_within_fails_alone(sqlite_database: SqliteDatabase) -> None:
    async def cancelled(tx: Transaction) -> str:
        await _add(tx, "cancelled")
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(sqlite_database.write(cancelled), 5)
    assert await asyncio.wait_for(sqlite_database.write(lambda tx: _add(tx, "later")), 5) == "later"
    assert await sqlite_database.read(_stored) == {"later"}


async def test_a_deadline_inside_a_unit_fails_that_unit_alone(sqlite_database: SqliteDatabase) -> None:
    async def too_slow(tx: Transaction) -> str:
        await _add(tx, "slow")
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()
        return ""

    results = await asyncio.wait_for(
        asyncio.gather(
            sqlite_database.write(too_slow), sqlite_database.write(lambda tx: _add(tx, "fine")), return_exceptions=True
        ),
        5,
    )
    assert isinstance(results[0], TimeoutError)
    assert results[1] == "fine"
    assert await sqlite_database.read(_stored) == {"fine"}


async def test_writing_inside_a_write_is_refused_instead_of_waiting_for_itself(sqlite_database: SqliteDatabase) -> None:
    async def nested(tx: Transaction) -> str:
        await _add(tx, "outer")
        return await sqlite_database.write(lambda inner: _add(inner, "inner"))

    with pytest.raises(RuntimeError, match="inside"):
        await asyncio.wait_for(sqlite_database.write(nested), 5)
    assert await sqlite_database.read(_stored) == set()


async def test_a_full_disk_fails_the_whole_group_and_stores_nothing(sqlite_database: SqliteDatabase) -> None:
    async def limit(tx: Transaction) -> None:
        pages = (await tx.execute(text("PRAGMA page_count"))).scalar_one()
        await tx.execute(text(f"PRAGMA max_page_count = {pages + 4}"))

    async def unlimit(tx: Transaction) -> None:
        await tx.execute(text("PRAGMA max_page_count = 1000000"))

    async def add_much(tx: Transaction) -> str:
        for n in range(200):
            await _add(tx, f"{n:032}")
        return "much"

    await sqlite_database.write(limit)
    results = await asyncio.gather(
        sqlite_database.write(lambda tx: _add(tx, "neighbour")), sqlite_database.write(add_much), return_exceptions=True
    )
    assert all(isinstance(result, DatabaseUnavailableError) for result in results), results
    assert await sqlite_database.read(_stored) == set()
    await sqlite_database.write(unlimit)
    assert await sqlite_database.write(lambda tx: _add(tx, "later")) == "later"


async def test_a_unit_sees_the_trace_of_its_own_caller(sqlite_database: SqliteDatabase) -> None:
    async def look(tx: Transaction) -> object:
        return otel_context.get_value("caller")

    async def call(name: str) -> object:
        otel_context.attach(otel_context.set_value("caller", name))
        return await sqlite_database.write(look)

    names = ["first", "second", "third"]
    assert await asyncio.gather(*(asyncio.create_task(call(name)) for name in names)) == names


async def test_another_process_that_holds_the_file_is_waited_for(
    sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "supportbot.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(sqlite_database.write(lambda tx: _add(tx, "patient")))
    assert await sqlite_database.read(_stored) == set()  # readers are not held up
    other.execute("COMMIT")
    other.close()
    assert await writing == "patient"


async def test_what_was_begun_is_finished_when_the_database_is_closed(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "closing.db"
    shutil.copyfile(sqlite_template, path)
    database = SqliteDatabase(path)
    begun = [asyncio.create_task(database.write(lambda tx, n=n: _add(tx, str(n)))) for n in range(5)]  # type: ignore[misc]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*begun) == [str(n) for n in range(5)]
    with pytest.raises(DatabaseUnavailableError):
        await database.write(lambda tx: _add(tx, "late"))


async def _end_the_writer() -> None:
    """What an event loop does to all tasks when it ends."""
    writers = [task for task in asyncio.all_tasks() if task.get_name() == "sqlite writer"]
    for task in writers:
        task.cancel()
    await asyncio.wait(writers)


async def test_nobody_waits_for_a_writer_that_was_cancelled(sqlite_database: SqliteDatabase) -> None:
    begun, never = asyncio.Event(), asyncio.Event()

    async def hold(tx: Transaction) -> None:
        await _add(tx, "held")
        begun.set()
        await never.wait()

    held = asyncio.create_task(sqlite_database.write(hold))
    await begun.wait()
    waiting = [asyncio.create_task(sqlite_database.write(lambda tx, n=n: _add(tx, n))) for n in "ab"]  # type: ignore[misc]
    await asyncio.sleep(0)
    await _end_the_writer()
    async with asyncio.timeout(5):
        results = await asyncio.gather(held, *waiting, return_exceptions=True)
        assert [type(result) for result in results] == [DatabaseUnavailableError] * 3
        with pytest.raises(DatabaseUnavailableError):
            await sqlite_database.write(lambda tx: _add(tx, "late"))
        assert await sqlite_database.read(_stored) == set()
        await sqlite_database.close()


def test_an_event_loop_ends_while_somebody_still_has_something_to_write(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "ending.db"
    shutil.copyfile(sqlite_template, path)
    came: list[DatabaseUnavailableError] = []
    tasks: list[asyncio.Task[None]] = []

    async def clean_up(database: SqliteDatabase) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            try:
                await asyncio.wait_for(asyncio.shield(database.write(lambda tx: _add(tx, "late"))), 5)
            except DatabaseUnavailableError as error:
                came.append(error)

    async def main() -> None:
        database = SqliteDatabase(path)
        await database.write(lambda tx: _add(tx, "first"))
        tasks.append(asyncio.create_task(clean_up(database)))
        await asyncio.sleep(0)

    asyncio.run(main())
    assert len(came) == 1


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder into which everybody may look."""
    tmp_path.chmod(0o755)
    return tmp_path


async def test_nobody_else_may_read_the_file_or_its_log_wherever_they_are(open_folder: Path) -> None:
    database = SqliteDatabase(open_folder / "private.db")
    await database.write(lambda tx: tx.execute(text("CREATE TABLE secrets (secret)")))
    modes = {found.name: found.stat().st_mode & 0o777 for found in os.scandir(open_folder)}
    await database.close()
    assert modes == dict.fromkeys(("private.db", "private.db-wal", "private.db-shm"), 0o600)
