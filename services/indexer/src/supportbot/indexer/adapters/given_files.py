"""Copies files that somebody names into the documents folder."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from supportbot.common.files.kinds import DOCUMENT_ENDINGS, is_document
from supportbot.common.files.refusals import refused_text
from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters.files import read_file
from supportbot.indexer.domain.documents import DocumentGoneError, PathNotFoundError, UnreadableDocumentError
from supportbot.indexer.domain.names import is_hidden


class FolderGivenFiles:
    """GivenFiles; a file keeps its name, a folder its own name and what is below it."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder.resolve()
        self._limit = limit

    async def plan(self, paths: Sequence[Path]) -> list[tuple[Path, DocumentId]]:
        """See GivenFiles."""
        return await asyncio.to_thread(self._plan, paths)

    async def passed_over(self, paths: Sequence[Path]) -> int:
        """How many files of these folders are of no kind that is read."""
        return await asyncio.to_thread(self._passed_over, paths)

    def is_at_home(self, source: Path) -> bool:
        """See GivenFiles."""
        return source.is_relative_to(self._folder)

    async def copy(self, source: Path, document: DocumentId, *, replace: bool) -> str:
        """See GivenFiles."""
        return await asyncio.to_thread(self._copy, source, document, replace=replace)

    def _plan(self, paths: Sequence[Path]) -> list[tuple[Path, DocumentId]]:
        planned: dict[Path, DocumentId] = {}
        for path in paths:
            if not path.exists():
                raise PathNotFoundError(path)
            top = path.resolve()
            files = _files_below(top, self._folder) if top.is_dir() else [top]
            for file in files:
                base = self._folder if self.is_at_home(file) else top.parent
                planned.setdefault(file, DocumentId(file.relative_to(base).as_posix()))
        return list(planned.items())

    def _passed_over(self, paths: Sequence[Path]) -> int:
        tops = {path.resolve() for path in paths if path.is_dir()}
        return len({file for top in tops for file in _seen_below(top, self._folder) if not is_document(file.name)})

    def _copy(self, source: Path, document: DocumentId, *, replace: bool) -> str:
        target = self._folder / document
        if not is_document(source.name) or is_hidden(source.name):
            return refused_text("kind", kinds=", ".join(DOCUMENT_ENDINGS))
        if not target.resolve().is_relative_to(self._folder):
            return "A link in the documents folder leads out of it at this place. Remove the link"
        try:
            content = read_file(source, self._limit)
            if target.exists() and not replace:
                same = target.is_file() and target.stat().st_size == len(content) and target.read_bytes() == content
                return (
                    "" if same else f"Another {document} is in the knowledge base. Rename the file, or delete that one"
                )
            _write_whole(target, content)
        except (UnreadableDocumentError, DocumentGoneError) as error:
            return str(error)
        except OSError as error:
            return f"It cannot be copied into the documents folder ({error.strerror})"
        return ""


def _files_below(folder: Path, home: Path) -> Iterator[Path]:
    return (path for path in _seen_below(folder, home) if is_document(path.name))


def _seen_below(folder: Path, home: Path) -> Iterator[Path]:
    """Every file that is not hidden and no link; the documents folder is left out of a folder around it."""
    for current, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not is_hidden(name) and (Path(current, name) != home or folder == home)
        )
        for name in sorted(names):
            path = Path(current, name)
            if not is_hidden(name) and not path.is_symlink():
                yield path


def _write_whole(target: Path, content: bytes) -> None:
    """Nobody sees a half-written file: it gets its name when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
