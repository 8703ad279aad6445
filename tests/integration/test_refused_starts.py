"""Separate services that cannot work as they are set end at once, with one message that says what to do."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from supportbot.common.knowledge.qdrant import COLLECTION
from tests.fakes.qdrant.server import FakeQdrant
from tests.servers.address import PostgresAddress

SECRET = "hunter2-do-not-print-me"
GOOD_KEY = "b6Jq0T3mZk9WcV1xNf8sRy2Hd7LpGu4E"
ENDS_WITHIN_S = 40.0
SOUND = {"DB_HOST": "db.invalid", "DB_PASSWORD": SECRET}
ALWAYS = {"WEB_PORT": "99999", "RABBITMQ_URL": f"http://user:{SECRET}@broker", "QDRANT_URL": "qdrant:6333"}
WRONG: dict[str, dict[str, str]] = {
    "gateway": {"TELEGRAM_BOT_TOKEN": f"12345678:AAE_{SECRET}\nX", "WEBHOOK_URL": "http://example.com"},
    "answerer": {"OPENAI_API_KEY": f"sk-1\n{SECRET}", "MODEL_TIMEOUT": "0"},
    "indexer": {"UPLOAD_LIMIT": "-1"},
    "admin_api": {"JWT_SECRET_KEY": "your-super-secret-jwt-key-change-in-production"},
}


@dataclass(frozen=True)
class Ended:
    """A process that did not stay."""

    code: int | None
    errors: str


async def ended(service: str, folder: Path, **settings: str) -> Ended:
    """How `python -m supportbot.<service>` ends; one that stays is killed, and that is an error."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"supportbot.{service}",
        cwd=folder,
        env={**kept, "WEB_PORT": "0", **settings},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(ENDS_WITHIN_S):
            errors = (await child.communicate())[1].decode()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    assert "Traceback" not in errors, errors
    return Ended(child.returncode, errors)


def database(server: PostgresAddress, name: str) -> dict[str, str]:
    """The settings that name one of a server's databases."""
    return {
        "DB_HOST": server.host,
        "DB_PORT": str(server.port),
        "DB_USER": server.user,
        "DB_PASSWORD": server.password,
        "DB_NAME": name,
    }


def names_in(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("service", WRONG)
async def test_a_service_names_every_wrong_setting_once_and_ends(service: str, tmp_path: Path) -> None:
    wrong = ALWAYS | WRONG[service]
    how = await ended(service, tmp_path, **SOUND, **wrong)
    assert how.code == 1
    lines = [line.strip().partition(":")[0] for line in how.errors.splitlines()[1:]]
    assert sorted(lines) == sorted(wrong)
    assert SECRET not in how.errors
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("service", WRONG)
async def test_a_service_without_the_servers_that_it_shares_ends_and_leaves_nothing(
    service: str, tmp_path: Path
) -> None:
    how = await ended(service, tmp_path, JWT_SECRET_KEY=GOOD_KEY)
    assert how.code == 1
    assert "DB_HOST: is missing" in how.errors
    assert names_in(tmp_path) == []


@pytest.mark.postgres
@pytest.mark.parametrize("service", ["answerer", "indexer"])
async def test_a_collection_of_other_dimensions_keeps_a_service_from_starting(
    service: str, tmp_path: Path, postgres_address: PostgresAddress, postgres_name: str
) -> None:
    async with FakeQdrant(tmp_path / "qdrant", api_key=GOOD_KEY) as server:
        server.store.create(COLLECTION, {"vectors": {"size": 768, "distance": "Cosine"}})
        qdrant = {"QDRANT_URL": server.url, "QDRANT_API_KEY": GOOD_KEY}
        how = await ended(service, tmp_path, **database(postgres_address, postgres_name), **qdrant)
    assert how.code == 1, how.errors
    said = how.errors.splitlines()[-1]
    for part in (f"the collection {COLLECTION}", "768 dimensions", "set QDRANT_URL to another Qdrant, or delete"):
        assert part in said
    assert GOOD_KEY not in how.errors


@pytest.mark.postgres
async def test_pools_larger_than_the_server_keep_a_service_from_starting(
    tmp_path: Path, postgres_address: PostgresAddress, postgres_name: str
) -> None:
    where = database(postgres_address, postgres_name)
    how = await ended("admin_api", tmp_path, **where, DB_POOL_SIZE="90000", JWT_SECRET_KEY=GOOD_KEY)
    assert how.code == 1, how.errors
    said = how.errors.splitlines()[-1]
    assert said.startswith("DB_POOL_SIZE, DB_MAX_OVERFLOW: ")
    assert "max_connections" in said
    assert postgres_address.password not in how.errors
