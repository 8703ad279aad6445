"""Only real documents inside of the folder are seen, and nothing in it can lead the indexer astray."""

import os
import shutil
from pathlib import Path

import pytest

from supportbot.indexer.adapters.files import FolderFiles, read_file
from supportbot.indexer.domain.documents import DocumentGoneError, UnreadableDocumentError, version_of

LIMIT = 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "documents"
    made.mkdir()
    return made


def put(path: Path, content: str = "Words.", *, age_s: float = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    if age_s:
        moment = path.stat().st_mtime - age_s
        os.utime(path, (moment, moment))
    return path


async def names(folder: Path) -> list[str]:
    return [file.document for file in (await FolderFiles(folder, LIMIT).look()).files]


async def test_documents_are_found_at_any_depth_and_named_by_their_path(folder: Path) -> None:
    for name in ("a.md", "ru/Возврат товара.TXT", "ru/deep/c.html", "d (copy) #2.markdown"):
        put(folder / name)
    assert await names(folder) == ["a.md", "d (copy) #2.markdown", "ru/deep/c.html", "ru/Возврат товара.TXT"]


async def test_hidden_temporary_and_other_files_are_left_out(folder: Path) -> None:
    hidden = (".git/a.md", ".a.md", "~$a.md", "a.md~", ".a.md.swp", "a.md.part", "#a.md#", "a.exe", "a", "a.md.tmp")
    for name in hidden:
        put(folder / name)
    assert await names(folder) == []


async def test_links_out_of_the_folder_are_left_out_and_links_inside_are_followed(folder: Path) -> None:
    put(folder / "real.md")
    outside = put(folder.parent / "outside" / "secret.md")
    (folder / "inside.md").symlink_to("real.md")
    (folder / "out.md").symlink_to(outside)
    (folder / "out").symlink_to(outside.parent)
    (folder / "broken.md").symlink_to("nothing")
    (folder / "loop.md").symlink_to("loop.md")
    assert await names(folder) == ["inside.md", "real.md"]


async def test_what_is_no_ordinary_file_is_left_out_and_never_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")
    (folder / "folder.md").mkdir()
    assert await names(folder) == []
    with pytest.raises(UnreadableDocumentError):
        read_file(folder / "pipe.md", LIMIT)


async def test_names_that_cannot_be_stored_are_left_out(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9.md")).write_text("Words.")
    put(folder / "two\nlines.md")
    deep = folder
    for _ in range(6):
        deep = deep / ("x" * 100)
    put(deep / "a.md")
    put(folder / "fine.md")
    assert await names(folder) == ["fine.md"]


async def test_a_folder_that_is_gone_is_unseen_not_empty(folder: Path) -> None:
    shutil.rmtree(folder)
    look = await FolderFiles(folder, LIMIT).look()
    assert (look.files, look.unseen) == ((), ("",))


async def test_the_sample_takes_only_subfolders_and_has_ids_of_its_own(folder: Path) -> None:
    put(folder / "LICENSE.md")
    put(folder / "en" / "a.md")
    look = await FolderFiles(folder, LIMIT, prefix="sample/", only_subfolders=True).look()
    assert [file.document for file in look.files] == ["sample/en/a.md"]


async def test_a_fingerprint_is_given_only_to_files_that_have_settled(folder: Path) -> None:
    put(folder / "a.md", age_s=60)
    look = await FolderFiles(folder, LIMIT).look()
    assert look.files[0].fingerprint == ""  # its status was changed just now, whatever its date says


async def test_a_version_follows_the_content_alone(folder: Path) -> None:
    put(folder / "a.md", "One.")
    put(folder / "b.md", "One.")
    files = FolderFiles(folder, LIMIT)
    assert {await files.version(file) for file in (await files.look()).files} == {version_of(b"One.")}


def test_a_file_over_the_limit_is_refused_with_the_limit_named(folder: Path) -> None:
    with pytest.raises(UnreadableDocumentError, match=r"1,000 bytes.*UPLOAD_LIMIT"):
        read_file(put(folder / "a.md", "x" * 1001), LIMIT)
    assert len(read_file(put(folder / "b.md", "x" * 1000), LIMIT)) == LIMIT


def test_a_file_that_is_gone_says_so(folder: Path) -> None:
    with pytest.raises(DocumentGoneError):
        read_file(folder / "a.md", LIMIT)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(folder: Path) -> None:
    path = put(folder / "a.md")
    path.chmod(0)
    with pytest.raises(UnreadableDocumentError, match="may not be read"):
        read_file(path, LIMIT)
