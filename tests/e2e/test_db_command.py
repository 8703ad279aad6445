"""`supportbot db`: on a place without tables, and on one that has them."""

import json
from pathlib import Path

import pytest

from supportbot.common.database.schema.migrating import head
from tests.e2e.commands import run_command
from tests.servers.address import PostgresAddress


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """Each kind of database, without tables."""
    if request.param == "sqlite":
        return {}
    server: PostgresAddress = request.getfixturevalue("postgres_address")
    return {
        "DB_HOST": server.host,
        "DB_PORT": str(server.port),
        "DB_USER": server.user,
        "DB_PASSWORD": server.password,
        "DB_NAME": request.getfixturevalue("bare_postgres"),
    }


async def test_tables_are_brought_up_to_date_once(settings: dict[str, str], tmp_path: Path) -> None:
    async def migrate(*options: str) -> dict[str, object]:
        done = await run_command("db", "migrate", "--json", *options, folder=tmp_path, settings=settings)
        assert done.code == 0, done.said
        said: dict[str, object] = json.loads(done.output)
        return said

    assert await migrate("--dry-run") == {"before": None, "newest": head(), "changed": False}
    assert await migrate() == {"before": None, "newest": head(), "changed": True}
    assert await migrate() == {"before": head(), "newest": head(), "changed": False}
