"""The index is compared with the database, mended, and written anew while it is searched."""

import asyncio
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest

from supportbot.common.database.transactions import Database
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.port import KnowledgeIndex, KnowledgeIndexUnavailableError
from supportbot.common.telemetry.metrics import PASSAGES_WRITTEN
from supportbot.indexer.adapters.serving_documents import SqlServingDocuments
from supportbot.indexer.use_cases.verify_index import IndexReport
from tests.integration.indexing import Bench, eventually, texts
from tests.integration.watched_index import WHOLE, WRITTEN, WatchedIndex

Kinds = tuple[list[DocumentId], list[DocumentId], list[DocumentId], list[DocumentId]]
A, B, C, D = map(DocumentId, ("a.md", "b.md", "c.md", "d.md"))


@pytest.fixture
async def bench(tmp_path: Path, database: Database) -> Bench:
    """Three documents of two passages each, indexed."""
    bench = Bench(tmp_path, database)
    for name in (A, B, C):
        bench.put(name, f"# {name}\n\n## One\n\nThe first of {name}.\n\n## Two?\n\nThe second of {name}.")
    async with bench.running() as (service, _):
        await service.until_settled()
    return bench


async def spoil(index: KnowledgeIndex) -> None:
    """One document is missing, one of another version, and one nobody knows."""
    await index.remove(A)
    await index.replace(B, "older", await index.neighbours(B, [0]))
    await index.replace(D, "1", await index.neighbours(C, [0]))


def kinds(report: IndexReport) -> Kinds:
    return report.missing, report.stale, report.orphaned, report.damaged


async def test_an_index_that_agrees_says_so(bench: Bench) -> None:
    async with bench.looking() as (service, _):
        report = await service.verify(repair=True)
        assert (report.agrees, report.repaired, report.documents, report.passages) == (True, False, 3, 6)


async def test_what_differs_is_named_and_mended(bench: Bench) -> None:
    async with bench.looking() as (service, index):
        await spoil(index)
        expected: Kinds = ([A], [B], [D], [])
        assert kinds(await service.verify(repair=False)) == expected
        report = await service.verify(repair=True)
        assert (kinds(report), report.repaired) == (expected, True)
        assert D not in await index.versions()
    async with bench.running() as (service, index):
        await service.until_settled()
        report = await service.verify(repair=False)
        assert (report.agrees, report.passages) == (True, 6)


async def test_a_document_that_lacks_passages_is_damaged_and_written_again(bench: Bench) -> None:
    async with bench.looking() as (service, index):
        version = (await index.versions())[C]
        await index.replace(C, version, await index.neighbours(C, [0]))
        assert kinds(await service.verify(repair=True)) == ([], [], [], [C])
    async with bench.running() as (service, index):
        await service.until_settled()
        assert len(await texts(index, C)) == 2


async def test_a_rebuilt_index_is_as_it_was_and_every_passage_is_written(bench: Bench) -> None:
    async with bench.looking() as (service, index):
        before = {name: await texts(index, name) for name in (A, B, C)}
        versions = await index.versions()
        written = PASSAGES_WRITTEN._value.get()
        told: list[tuple[int, int]] = []
        assert await service.rebuild(lambda done, total: told.append((done, total))) == 3
        assert told == [(1, 3), (2, 3), (3, 3)]
        assert PASSAGES_WRITTEN._value.get() - written == 6
        assert {name: await texts(index, name) for name in (A, B, C)} == before
        assert (await index.versions(), await index.size()) == (versions, 6)
        assert (await service.verify(repair=False)).agrees
        (place,) = (bench.folder / "index").glob("built-*")
        assert (place.name, (place / "shard").is_dir()) == ((bench.folder / "index" / "searched").read_text(), True)
        assert not (bench.folder / "index" / "shard").exists()


async def test_what_changes_while_an_index_is_rebuilt_is_in_it(bench: Bench) -> None:
    begun, changed = asyncio.Event(), asyncio.Event()
    whole: dict[DocumentId, str] = {}

    async def at(moment: str, built: KnowledgeIndex) -> None:
        if moment == WRITTEN and not begun.is_set():
            begun.set()
            await changed.wait()
        if moment == WHOLE:
            whole.update(await built.versions())

    async with bench.running(lambda index: cast(KnowledgeIndex, WatchedIndex(index, at))) as (service, index):
        await service.until_settled()
        rebuilding = asyncio.create_task(service.rebuild(lambda _done, _total: None))
        await begun.wait()
        bench.put(A, "# A\n\nAnother text.")
        (bench.documents / B).unlink()
        bench.put(D, "# D\n\nA new document.")
        await service.rescan()
        await eventually(lambda: _holds(index, {A, C, D}))
        changed.set()
        assert await rebuilding == 3
        assert whole.keys() == {A, C, D}
        assert await texts(index, A) == ["Another text."]
        assert (await service.verify(repair=False)).agrees


async def test_nobody_is_interrupted_and_nobody_begins_while_an_index_takes_over(bench: Bench) -> None:
    serving = SqlServingDocuments(bench.database)
    other, free = uuid4(), list[int]()

    async def at(moment: str, _built: KnowledgeIndex) -> None:
        if moment == WHOLE:
            free.append(sum(not one.busy for one in (await serving.serving()).values()))

    async with bench.looking(lambda index: cast(KnowledgeIndex, WatchedIndex(index, at))) as (service, _):
        assert await serving.hold(other) == 0
        rebuilding = asyncio.create_task(service.rebuild(lambda _done, _total: None))
        assert not (await asyncio.wait([rebuilding], timeout=0.3))[0]
        await serving.release(other)
        assert (await rebuilding, free) == (3, [0])
        assert not any(one.busy for one in (await serving.serving()).values())


async def test_only_one_index_is_built_at_a_time(bench: Bench) -> None:
    async with bench.looking() as (service, index):
        async with index.beside():
            with pytest.raises(KnowledgeIndexUnavailableError, match="being rebuilt already"):
                await service.rebuild(lambda _done, _total: None)
        assert await service.rebuild(lambda _done, _total: None) == 3


async def _holds(index: KnowledgeIndex, documents: set[DocumentId]) -> bool:
    versions = await index.versions()
    return versions.keys() == documents and await texts(index, A) == ["Another text."]
