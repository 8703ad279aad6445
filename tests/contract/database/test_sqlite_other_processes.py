"""SQLite: other processes come and go at the same file, as commands do, while the product goes on to write."""

import asyncio
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.connections.sqlite import READERS, SqliteDatabase
from supportbot.common.database.transactions import Transaction

_COUNTING = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM said').fetchone())"


async def _counted_elsewhere(path: Path) -> int:
    """What a process of its own finds, which is the last to close the file if it sees nobody else's locks."""
    reading = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _COUNTING, str(path), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await reading.communicate()
    return int(output)


async def _count(connection: AsyncConnection) -> int:
    return int((await connection.execute(text("SELECT count(*) FROM said"))).scalar_one())


async def _say(tx: Transaction) -> None:
    await tx.execute(text("INSERT INTO said VALUES ('something')"))


@pytest.mark.parametrize("readers", [1, READERS])
async def test_what_is_written_after_another_process_has_left_is_kept(tmp_path: Path, readers: int) -> None:
    path = tmp_path / "shared.db"
    database = SqliteDatabase(path)
    await database.write(lambda tx: tx.execute(text("CREATE TABLE said (what)")))
    all_open = asyncio.Barrier(readers + 1)

    async def read_beside_others(connection: AsyncConnection) -> int:
        await all_open.wait()
        return await _count(connection)

    reading = [asyncio.create_task(database.read(read_beside_others)) for _ in range(readers)]
    await all_open.wait()
    assert await asyncio.gather(*reading) == [0] * readers

    await database.write(_say)
    assert await _counted_elsewhere(path) == 1
    await database.write(_say)
    assert await _counted_elsewhere(path) == 2
    await database.close()
    assert await _counted_elsewhere(path) == 2


async def test_a_second_database_in_the_process_takes_nothing_from_the_first(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    first, second = SqliteDatabase(path), SqliteDatabase(path)
    await first.write(lambda tx: tx.execute(text("CREATE TABLE said (what)")))
    assert await second.read(_count) == 0
    await second.close()
    await first.write(_say)
    assert await _counted_elsewhere(path) == 1
    await first.write(_say)
    await first.close()
    assert await _counted_elsewhere(path) == 2
