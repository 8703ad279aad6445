"""The drill: back up a system at work, restore it into an empty place, and get the same answers there."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import Finished, run_command
from tests.e2e.load import WritingVisitor, write_together
from tests.e2e.product import Product
from tests.e2e.visitor import Visitor
from tests.servers.address import PostgresAddress
from tests.servers.databases import create_database, drop_database, run

PASSPHRASE = "a passphrase of the drill"
DOCUMENTS = {
    "opening.md": "# Opening hours\n\nThe showroom in Tartu is open from 10 to 18, Monday to Friday.\n",
    "ru/hours.md": "# Часы работы\n\nШоурум в Тарту открыт с 10 до 18 по будням.\n",
}
QUESTIONS = ("When is the showroom in Tartu open?", "Когда открыт шоурум в Тарту?")
VISITORS = 3
ENOUGH_MESSAGES = 4


def settings_of(server: PostgresAddress, database: str) -> dict[str, str]:
    address = {"DB_HOST": server.host, "DB_PORT": str(server.port), "DB_USER": server.user}
    return {**address, "DB_PASSWORD": server.password, "DB_NAME": database}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def places(request: pytest.FixtureRequest, worker_name: str) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Settings of two places with the same kind of database, both empty."""
    if request.param == "sqlite":
        yield {}, {}
        return
    server: PostgresAddress = request.getfixturevalue("postgres_address")
    names = [f"supportbot_backup_{which}_{worker_name}" for which in ("from", "to")]
    for name in names:
        run(create_database(server, name))
    yield settings_of(server, names[0]), settings_of(server, names[1])
    for name in names:
        run(drop_database(server, name))


@pytest.fixture
async def products(places: tuple[dict[str, str], dict[str, str]], tmp_path: Path) -> AsyncIterator[list[Product]]:
    """One at work with documents of its own, and one that was never started."""
    async with AsyncExitStack() as stack:
        made = [Product(tmp_path / name, settings) for name, settings in zip(("old", "new"), places, strict=True)]
        for product in made:
            stack.push_async_callback(product.discard)
        for name, text in DOCUMENTS.items():
            path = made[0].documents / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        made[1].folder.mkdir()
        await made[0].start()
        yield made


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_system_at_work_is_the_same_in_another_place(products: list[Product], tmp_path: Path) -> None:
    old, new = products
    answers = await answers_of(old)
    assert all(answer["decision"] == "answer" for answer in answers)
    said = await backed_up_under_load(old, tmp_path / "backups")
    latest = tmp_path / "backups" / "telegram_bot_backup_latest_complete.tar.gz"
    assert latest.resolve() == Path(said["path"])
    assert said["rows"]["conversations"] == VISITORS
    assert (await command(new, "backup", "verify", str(latest))).code == 0
    assert await old.stop() == 0

    restored = json.loads((await command(new, "restore", "--yes", "--json", str(latest))).output)
    assert restored["rows"] == said["rows"]
    assert {
        str(path.relative_to(new.documents)): path.read_text(encoding="utf-8") for path in files_of(new.documents)
    } == DOCUMENTS
    assert_private(new.folder / restored["settings_file"], "TELEGRAM_WEBHOOK_SECRET=of-the-old-place")
    assert await rows_of(new, tmp_path / "again") == said["rows"]
    await new.start()
    assert await answers_of(new) == answers
    assert await new.stop() == 0
    assert new.errors_in_log() == []


def assert_private(path: Path, text: str) -> None:
    """The file holds the text, for its owner alone."""
    assert path.stat().st_mode & 0o777 == 0o600
    assert text in path.read_text(encoding="utf-8")


async def backed_up_under_load(product: Product, folder: Path) -> dict[str, Any]:
    """Back up while visitors write; what they had accepted before it began is in it."""
    enough = asyncio.Event()
    async with AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(Visitor(product.base_url)) for _ in range(VISITORS)]
        people = [WritingVisitor(visitor, f"backup {number}", (0.01, 0.05)) for number, visitor in enumerate(visitors)]
        writing = asyncio.create_task(write_together(people, enough))
        await visitors[0].until(lambda: True if len(visitors[0].replies) > ENOUGH_MESSAGES else None, 60)
        accepted = sum(len(person.accepted) for person in people)
        done = await command(product, "backup", "--json", "--to", str(folder))
        enough.set()
        await writing
    said: dict[str, Any] = json.loads(done.output)
    assert said["secrets"] == "encrypted"
    assert said["rows"]["messages"] >= accepted
    return said


async def answers_of(product: Product) -> list[dict[str, Any]]:
    """What is answered, without what cannot be told beforehand."""
    found = []
    for question in QUESTIONS:
        done = await run_command("ask", question, "--json", folder=product.folder, settings=product.settings)
        found.append(json.loads(done.output))
    return found


async def rows_of(product: Product, folder: Path) -> dict[str, int]:
    """How many rows each table has, by a backup of it."""
    said = json.loads((await command(product, "backup", "--json", "--to", str(folder))).output)
    rows: dict[str, int] = said["rows"]
    return rows


async def command(product: Product, *arguments: str) -> Finished:
    secrets = {"BACKUP_PASSPHRASE": PASSPHRASE, "TELEGRAM_WEBHOOK_SECRET": "of-the-old-place"}
    settings = {**product.settings, **secrets}
    done = await run_command(*arguments, folder=product.folder, settings=settings, timeout_s=120)
    assert done.code == 0, done.said
    return done


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
