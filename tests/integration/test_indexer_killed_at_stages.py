"""Killed at any stage of a document, the indexer leaves one whole version serving, and goes on at the next start."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.opener import migrate
from supportbot.common.ids import DocumentId
from tests.integration.dying_indexer import HALFWAY
from tests.integration.indexing import Bench, texts
from tests.integration.watched_index import MOMENTS, TAKEN

ROOT = Path(__file__).parents[2]
DOCUMENT = DocumentId("a.md")
SECTIONS = 300
"""So many that they are not written in one go."""
BEFORE = ("reading", "parsed", "chunked", "embedded", "indexing", HALFWAY)
"""Moments at which nobody may see the new version yet."""


@pytest.mark.parametrize("moment", [*BEFORE, "indexed", "live"])
async def test_one_whole_version_serves_and_the_work_goes_on(tmp_path: Path, moment: str) -> None:
    database = SqliteDatabase(tmp_path / "supportbot.db")
    await migrate(database)
    bench = Bench(tmp_path, database)
    bench.put(DOCUMENT, _document("old"))
    async with bench.running() as (service, _):
        await service.until_settled()
    await database.close()
    (bench.documents / DOCUMENT).write_text(_document("new"), encoding="utf-8")
    assert await _run(tmp_path, moment) == -signal.SIGKILL

    database = SqliteDatabase(tmp_path / "supportbot.db")
    bench = Bench(tmp_path, database)
    async with bench.looking() as (_, index):
        assert await texts(index, DOCUMENT) == _texts("old" if moment in BEFORE else "new")[:100]
        assert await index.size() == SECTIONS
    async with bench.running() as (service, index):
        status = await service.until_settled()
        assert (status.ready, status.failed, status.passages) == (1, 0, SECTIONS)
        assert await texts(index, DOCUMENT) == _texts("new")[:100]
        report = await service.verify(repair=False)
        assert (report.agrees, report.passages, await index.size()) == (True, SECTIONS, SECTIONS)
    await database.close()


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_rebuild_that_is_killed_leaves_one_whole_index_and_nothing_else(tmp_path: Path, moment: str) -> None:
    database = SqliteDatabase(tmp_path / "supportbot.db")
    await migrate(database)
    bench = Bench(tmp_path, database)
    bench.put(DOCUMENT, _document("old"))
    bench.put("b.md", "# B\n\nAnother document.")
    async with bench.running() as (service, _):
        await service.until_settled()
    await database.close()
    assert await _run(tmp_path, moment, program="dying_rebuild") == -signal.SIGKILL

    database = SqliteDatabase(tmp_path / "supportbot.db")
    bench = Bench(tmp_path, database)
    async with bench.looking() as (_, index):
        assert await texts(index, DOCUMENT) == _texts("old")[:100]
        assert await index.size() == SECTIONS + 1
        assert len(list((tmp_path / "index").glob("built-*"))) == (moment == TAKEN)
    async with bench.running() as (service, index):
        await service.until_settled()
        assert await service.rebuild(lambda _done, _total: None) == 2
        report = await service.verify(repair=False)
        assert (report.agrees, report.passages, await index.size()) == (True, SECTIONS + 1, SECTIONS + 1)
    await database.close()


def _texts(what: str) -> list[str]:
    """Every third passage is the same in both versions."""
    return [f"The {'same' if part % 3 == 0 else what} answer {part}." for part in range(SECTIONS)]


def _document(what: str) -> str:
    sections = (f"## Question {part}?\n\n{text}" for part, text in enumerate(_texts(what)))
    return "# Document\n\n" + "\n\n".join(sections)


async def _run(folder: Path, *arguments: str, program: str = "dying_indexer") -> int:
    command = (sys.executable, "-m", f"tests.integration.{program}", str(folder), *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    return await process.wait()
