"""A file that is damaged takes nothing in: whatever is stored in it may be lost with it."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.transactions import DatabaseUnavailableError, Transaction

PAGE = 4096


async def _remember(tx: Transaction) -> None:
    await tx.execute(text("CREATE TABLE IF NOT EXISTS remembered (said TEXT)"))
    rows = "(VALUES (1), (2), (3), (4), (5), (6))"
    await tx.execute(text(f"INSERT INTO remembered SELECT hex(randomblob(2000)) FROM {rows}"))


async def _recall(connection: AsyncConnection) -> int:
    return len((await connection.execute(text("SELECT said FROM remembered ORDER BY said"))).all())


async def _fill(path: Path) -> None:
    database = SqliteDatabase(path)
    for _ in range(10):
        await database.write(_remember)
    await database.close()


def _damage(path: Path) -> None:
    """The last pages, which are those that were filled, full of nonsense; the head of the file as it was."""
    contents = bytearray(path.read_bytes())
    contents[-40 * PAGE :] = b"\xa5" * (40 * PAGE)
    path.write_bytes(contents)


async def test_a_damaged_file_refuses_what_it_could_still_store(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "damaged.db"
    shutil.copyfile(sqlite_template, path)
    await _fill(path)
    _damage(path)
    database = SqliteDatabase(path)
    try:
        with pytest.raises(DatabaseUnavailableError, match="restore a copy"):
            await database.read(_recall)
        with pytest.raises(DatabaseUnavailableError, match="restore a copy"):
            await database.write(lambda tx: tx.execute(text("CREATE TABLE others (said TEXT)")))
        assert "restore a copy" in (database.refusal() or "")
    finally:
        await database.close()
