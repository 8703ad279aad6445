"""Killed at any moment and started again, the indexer ends with exactly the documents that there are."""

import asyncio
import os
import random
import sys
from pathlib import Path

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.opener import migrate
from supportbot.common.ids import DocumentId
from tests.integration.indexing import Bench, texts

DOCUMENTS = 40
KILLS = 4
ROOT = Path(__file__).parents[2]


async def test_killed_at_random_moments_it_completes_without_orphans(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(DOCUMENTS):
        _write(folder, number, "old")
    await _run_to_the_end(tmp_path)
    for number in range(0, DOCUMENTS, 2):
        _write(folder, number, "new")
    (folder / "1.md").unlink()
    moments = random.Random(7)
    for _ in range(KILLS):
        await _run_and_kill(tmp_path, after_s=moments.uniform(0.0, 0.25))
    await _run_to_the_end(tmp_path)

    database = SqliteDatabase(tmp_path / "supportbot.db")
    await migrate(database)
    async with Bench(tmp_path, database).running() as (service, index):
        status = await service.until_settled()
        assert (status.ready, status.failed) == (DOCUMENTS - 1, 0)
        assert set(await index.versions()) == {f"{number}.md" for number in range(DOCUMENTS) if number != 1}
        assert await index.size() == status.passages == 3 * (DOCUMENTS - 1)
        for number in (0, 3, 38):
            assert await texts(index, DocumentId(f"{number}.md")) == _texts(number, "old" if number % 2 else "new")
    await database.close()


def _texts(number: int, what: str) -> list[str]:
    return [f"The {what} answer {part} of {number}." for part in range(3)]


def _write(folder: Path, number: int, what: str) -> None:
    sections = (f"## Question {part}?\n\n{text}" for part, text in enumerate(_texts(number, what)))
    (folder / f"{number}.md").write_text(f"# Document {number}\n\n" + "\n\n".join(sections))


async def _start(folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.indexing_process",
        str(folder),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


async def _line(process: asyncio.subprocess.Process, beginning: str) -> None:
    assert process.stdout is not None
    while line := (await process.stdout.readline()).decode():
        if line.startswith(beginning):
            return
    raise AssertionError(f"The indexer ended without saying {beginning}")


async def _run_to_the_end(folder: Path) -> None:
    process = await _start(folder)
    await _line(process, "settled")
    assert await process.wait() == 0


async def _run_and_kill(folder: Path, *, after_s: float) -> None:
    process = await _start(folder)
    await _line(process, "started")
    await asyncio.sleep(after_s)
    if process.returncode is None:
        process.kill()
    await process.wait()
