"""Large and suspicious documents are read by a child process, with the same result as others and with limits."""

from pathlib import Path

import pytest

from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters.reading import IN_A_THREAD, FileReader, read_now
from supportbot.indexer.domain.documents import DocumentGoneError, UnreadableDocumentError

LIMIT = 10_000_000
DOCUMENT = DocumentId("guide/a.md")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "a.md"
    made.write_text("# Возврат\n\n## Когда?\n\n" + "В течение 30 дней. " * 100, encoding="utf-8")
    return made


async def test_a_child_process_reads_the_same_as_this_one(path: Path) -> None:
    reader = FileReader(LIMIT)
    apart = await reader.read(DOCUMENT, path, isolated=True)
    assert apart == await reader.read(DOCUMENT, path, isolated=False) == read_now(DOCUMENT, path, LIMIT)
    assert apart.title == "Возврат"


async def test_a_large_document_is_read_apart(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_text("One of many words. " * (IN_A_THREAD // 10))
    with pytest.raises(UnreadableDocumentError, match=r"more than 0 s"):
        await FileReader(LIMIT, time_limit_s=0).read(DOCUMENT, path, isolated=False)


async def test_the_reasons_of_a_child_process_arrive(tmp_path: Path) -> None:
    reader = FileReader(LIMIT)
    (tmp_path / "b.md").write_bytes(b"%PDF-1.7")
    with pytest.raises(UnreadableDocumentError, match="a PDF"):
        await reader.read(DOCUMENT, tmp_path / "b.md", isolated=True)
    with pytest.raises(DocumentGoneError):
        await reader.read(DOCUMENT, tmp_path / "gone.md", isolated=True)


async def test_a_document_that_takes_too_long_is_given_up(path: Path) -> None:
    with pytest.raises(UnreadableDocumentError, match=r"more than 0 s"):
        await FileReader(LIMIT, time_limit_s=0.01).read(DOCUMENT, path, isolated=True)


async def test_a_child_process_that_dies_is_the_documents_fault(path: Path) -> None:
    with pytest.raises(UnreadableDocumentError, match="stopped the program"):
        await FileReader(-(10**30)).read(DOCUMENT, path, isolated=True)
