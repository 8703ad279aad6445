"""The index follows the documents folder: what is put there is found, what is changed changes, what is gone is gone."""

from pathlib import Path

import pytest

from supportbot.common.contracts import DocumentFailed, DocumentIndexed, DocumentRemoved, DocumentUploaded
from supportbot.common.database.transactions import Database
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.indexer.domain.documents import PathNotFoundError, Progress
from supportbot.indexer.service import IndexerService
from tests.documents.office import docx, words
from tests.integration.indexing import Bench, eventually, texts


@pytest.fixture
def bench(tmp_path: Path, sqlite_database: Database) -> Bench:
    return Bench(tmp_path, sqlite_database)


async def test_what_lies_in_the_folder_at_the_start_is_indexed_and_said_so(bench: Bench) -> None:
    bench.put("en/returns.md", "# Returns\n\nYou have 30 days.")
    bench.put("ru/возврат.txt", "У вас есть 30 дней.")
    async with bench.running() as (service, index):
        status = await service.until_settled()
        assert (status.ready, status.passages, status.sample) == (2, 2, False)
        assert await texts(index, "ru/возврат.txt") == ["У вас есть 30 дней."]
    assert sorted(bench.told(DocumentUploaded)) == sorted(bench.told(DocumentIndexed))


async def test_changes_are_noticed_while_it_runs(bench: Bench) -> None:
    async with bench.running() as (service, index):
        await service.until_settled()
        bench.put("a.md", "First.")
        await eventually(lambda: _is(index, "a.md", ["First."]))
        bench.put("a.md", "Second.")
        await eventually(lambda: _is(index, "a.md", ["Second."]))
        (bench.documents / "a.md").rename(bench.documents / "b.md")
        await eventually(lambda: _is(index, "b.md", ["Second."]))
        await eventually(lambda: _is(index, "a.md", []))
        (bench.documents / "b.md").unlink()
        await eventually(lambda: _is(index, "b.md", []))
    assert bench.told(DocumentRemoved)[-1] == "b.md"


async def test_an_unchanged_folder_costs_nothing_at_the_next_start(bench: Bench) -> None:
    bench.put("a.md", "Words.")
    async with bench.running() as (service, _):
        await service.until_settled()
    bench.events.clear()
    async with bench.running() as (service, _):
        assert (await service.until_settled()).ready == 1
    assert bench.events == []


async def test_a_document_that_cannot_be_read_fails_with_a_reason_and_its_old_text_serves(bench: Bench) -> None:
    path = bench.put("a.md", "Good words.")
    bench.put("b.md", "Other words.")
    async with bench.running() as (service, index):
        await service.until_settled()
        path.write_bytes(b"%PDF-1.7")
        await eventually(lambda: _has_failed(service, 1))
        assert await texts(index, "a.md") == ["Good words."]
        path.write_bytes(b"x" * 300_000)
        (bench.documents / "b.md").write_bytes(b"")
        await eventually(lambda: _has_failed(service, 2))
    reasons = [event.error for event in bench.events if isinstance(event, DocumentFailed)]
    assert any("a PDF" in reason for reason in reasons)
    assert any("UPLOAD_LIMIT" in reason for reason in reasons)
    assert any("empty" in reason for reason in reasons)


async def test_a_folder_that_disappears_takes_no_answers_with_it(bench: Bench) -> None:
    bench.put("a.md", "Words.")
    async with bench.running() as (service, index):
        await service.until_settled()
        bench.documents.rename(bench.folder / "elsewhere")
        await service.rescan()
        assert "is not there" in str(await service.checks["documents"]())
        (bench.folder / "elsewhere").rename(bench.documents)
        await service.rescan()
        assert await texts(index, "a.md") == ["Words."]
    assert bench.told(DocumentRemoved) == []


async def test_given_files_are_copied_into_the_folder_and_stay(bench: Bench) -> None:
    given = bench.folder / "my docs"
    (given / "sub").mkdir(parents=True)
    (given / "a.md").write_text("One.")
    (given / "sub" / "b.html").write_text("<h1>Two</h1><p>Three.</p>")
    (given / "c.exe").write_bytes(b"MZ")
    told: list[Progress] = []
    async with bench.running() as (service, index):
        results = await service.index_paths([given], told.append)
        assert {str(result.document): result.outcome.state for result in results} == {
            "my docs/a.md": "ready",
            "my docs/sub/b.html": "ready",
        }
        assert [(progress.done, progress.total) for progress in told] == [(1, 2), (2, 2)]
        (given / "a.md").write_text("Changed.")
        await service.index_paths([given], told.append)
        await eventually(lambda: _is(index, "my docs/a.md", ["Changed."]))
    assert (bench.documents / "my docs" / "sub" / "b.html").is_file()


async def test_files_of_another_kind_in_a_folder_are_counted(bench: Bench) -> None:
    given = bench.folder / "mixed"
    (given / "sub").mkdir(parents=True)
    for name in ("a.md", "b.exe", "sub/c.doc", ".hidden.exe"):
        (given / name).write_text("Words.")
    async with bench.running() as (service, _):
        assert await service.passed_over([given, given / "sub", given / "a.md"]) == 2


async def test_a_given_file_replaces_no_other_of_the_same_name(bench: Bench) -> None:
    bench.put("a.md", "Mine.")
    other = bench.folder / "a.md"
    other.write_text("Theirs.")
    async with bench.running() as (service, _):
        results = await service.index_paths([other], lambda _: None)
        assert (results[0].document, results[0].outcome.state) == (None, "failed")
        assert "Rename" in results[0].outcome.error
    assert (bench.documents / "a.md").read_text() == "Mine."


async def test_a_given_file_of_another_kind_is_named_and_not_copied(bench: Bench) -> None:
    letter = bench.folder / "letter.doc"
    letter.write_bytes(b"PK\x03\x04")
    async with bench.running() as (service, _):
        results = await service.index_paths([letter], lambda _: None)
    assert "not read" in results[0].outcome.error
    assert list(bench.documents.iterdir()) == []


async def test_what_is_not_quite_right_with_a_given_file_is_told(bench: Bench) -> None:
    order = bench.folder / "order.docm"
    order.write_bytes(docx(words("How to order."), macros=True))
    async with bench.running() as (service, _):
        results = await service.index_paths([order], lambda _: None)
    assert (results[0].outcome.state, "macros" in results[0].outcome.warning) == ("ready", True)


async def test_giving_what_is_not_there_is_an_error_and_giving_the_folder_itself_is_none(bench: Bench) -> None:
    bench.put("a.md", "Words.")
    async with bench.running() as (service, _):
        with pytest.raises(PathNotFoundError, match=r"nothing\.md"):
            await service.index_paths([bench.folder / "nothing.md"], lambda _: None)
        results = await service.index_paths([bench.documents], lambda _: None)
    assert [str(result.document) for result in results] == ["a.md"]


async def test_the_sample_makes_way_for_the_first_document_for_good(bench: Bench) -> None:
    bench.sample = bench.folder / "sample"
    (bench.sample / "en").mkdir(parents=True)
    (bench.sample / "en" / "s.md").write_text("# Sample\n\nInvented.")
    async with bench.running() as (service, index):
        await eventually(lambda: _serves_sample(service))
        assert await texts(index, "sample/en/s.md") == ["Invented."]
        own = bench.put("own.md", "Real.")
        await eventually(lambda: _is(index, "sample/en/s.md", []))
        assert await texts(index, "own.md") == ["Real."]
        own.unlink()
        await eventually(lambda: _is(index, "own.md", []))
    async with bench.running() as (service, _):
        status = await service.until_settled()
        assert (status.ready, status.sample) == (0, False)


async def _is(index: KnowledgeIndex, document: str, expected: list[str]) -> bool:
    return await texts(index, document) == expected


async def _has_failed(service: IndexerService, count: int) -> bool:
    status = await service.status()
    return bool(status.failed == count and status.waiting == 0)


async def _serves_sample(service: IndexerService) -> bool:
    return bool((await service.status()).sample)
