"""Which statements build the indexes of large tables, for each state that they may be found in."""

from pathlib import Path

import pytest

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.large_indexes import Found, build_missing, large_indexes, statements

BUILD = {"ix_a": "CREATE a", "ix_b": "CREATE b"}
DROP = "DROP INDEX CONCURRENTLY IF EXISTS ix_a"


@pytest.mark.parametrize(
    ("found", "done"),
    [
        ([], ["CREATE a", "CREATE b"]),
        ([Found("ix_a", is_valid=True, in_work=False)], ["CREATE b"]),
        ([Found("ix_a", is_valid=False, in_work=False)], [DROP, "CREATE a", "CREATE b"]),
        ([Found("ix_a", is_valid=False, in_work=True)], ["CREATE b"]),
        ([Found(name, is_valid=True, in_work=True) for name in BUILD], []),
    ],
    ids=["missing", "one is there", "left by an interrupted build", "in somebody's hands", "all there"],
)
def test_what_is_missing_is_built_and_what_was_interrupted_is_taken_away_first(
    found: list[Found], done: list[str]
) -> None:
    assert [statement for _, statement in statements(BUILD, found)] == done


def test_each_is_built_beside_writes() -> None:
    assert "ix_messages_words" in large_indexes()
    for name, statement in large_indexes().items():
        assert statement.startswith(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON ")


async def test_a_single_file_needs_none(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "any.db")
    assert await build_missing(database)
    await database.close()
