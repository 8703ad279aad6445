"""Uploaded documents are read from the contents that are kept, and the files of a folder as ever."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from supportbot.common.files.kinds import DOCUMENT_ENDINGS
from supportbot.common.files.port import FilesUnavailableError
from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters import formats
from supportbot.indexer.adapters.uploads import UploadReader
from supportbot.indexer.domain.chunking import chunk_document
from supportbot.indexer.domain.documents import UnreadableDocumentError
from supportbot.indexer.domain.titles import title_from_path
from supportbot.indexer.ports import ReadDocument
from supportbot.indexer.use_cases.follow_stages import StageFollower
from supportbot.indexer.use_cases.index_document import IndexDocument
from tests.fakes.files import FilesInMemory
from tests.unit.indexer.fakes import IndexInMemory, PreparedReader, RegisterInMemory, WorkInMemory, claimed

U = DocumentId("~uploads/a.md")


@dataclass
class SeenReader:
    """DocumentReader: notes what lay where it was sent."""

    seen: list[tuple[Path, bytes | None, bool]] = field(default_factory=list)

    async def read(self, document: DocumentId, location: Path, *, isolated: bool) -> ReadDocument:
        content = await asyncio.to_thread(_content_at, location)
        self.seen.append((location, content, isolated))
        return ReadDocument("Title", "v1", 10, tuple(chunk_document(document, "Title", "Some text.")))


def _content_at(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


async def content(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_a_content_is_read_like_a_file_and_nothing_of_it_is_left() -> None:
    files, reader = FilesInMemory(), SeenReader()
    stored = await files.put(content(b"# Returns", b"\n\n30 days."), limit=100)
    await UploadReader(files, reader).read(U, Path(stored.digest), isolated=True)
    ((location, seen, isolated),) = reader.seen
    assert (seen, isolated) == (b"# Returns\n\n30 days.", True)
    assert not location.exists()


async def test_the_files_of_a_folder_are_left_to_their_reader() -> None:
    reader = SeenReader()
    await UploadReader(FilesInMemory(away=True), reader).read(
        DocumentId("a.md"), Path("/documents/a.md"), isolated=False
    )
    assert reader.seen == [(Path("/documents/a.md"), None, False)]


async def test_a_content_that_is_gone_or_damaged_cannot_be_read_however_often() -> None:
    files = FilesInMemory()
    stored = await files.put(content(b"# Returns"), limit=100)
    files.contents[stored.digest] = b"damaged"
    for digest in (stored.digest, "0" * 64):
        with pytest.raises(UnreadableDocumentError, match="upload the document again"):
            await UploadReader(files, SeenReader()).read(U, Path(digest), isolated=False)


async def test_contents_that_are_away_now_are_waited_for() -> None:
    work = WorkInMemory()
    reader = PreparedReader(FilesUnavailableError("There is no room"))
    index_document = IndexDocument(reader, IndexInMemory(), RegisterInMemory(), work)
    await index_document(claimed("a.md", attempts=5), StageFollower(DocumentId("a.md")))
    assert work.ended == [("a.md", "postponed: There is no room")]


def test_every_kind_that_may_be_uploaded_has_its_reader_and_the_reverse() -> None:
    assert tuple(formats._READERS) == DOCUMENT_ENDINGS


def test_an_upload_without_a_title_is_named_by_its_file_and_never_by_where_it_is() -> None:
    assert title_from_path("~uploads/delivery-times.md") == "Delivery times"
    assert title_from_path("~uploads/index.md") == "Index"
