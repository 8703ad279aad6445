"""The files of a folder: which of them are documents, and what is in them."""

import asyncio
import errno
import os
import stat
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from supportbot.common.files.kinds import DOCUMENT_ENDINGS, is_document
from supportbot.common.ids import DocumentId
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.domain.chunking import CHUNKER_VERSION
from supportbot.indexer.domain.documents import DocumentGoneError, FoundFile, version_of
from supportbot.indexer.domain.names import is_hidden
from supportbot.indexer.domain.refusals import refusal
from supportbot.indexer.ports import Look

_LONGEST_ID = 512
_SETTLED_S = 2.0
"""A file touched later than this before a look may be touched again without its dates showing it."""
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG)
_log = logger(__name__)


class FolderFiles:
    """Files below a folder; symbolic links count only where they stay inside of it."""

    def __init__(self, folder: Path, limit: int, *, prefix: str = "", only_subfolders: bool = False) -> None:
        """`prefix` begins every id; `only_subfolders` leaves out what lies in the folder itself, such as a licence."""
        self._folder = folder
        self._limit = limit
        self._prefix = prefix
        self._only_subfolders = only_subfolders
        self._named: set[str] = set()

    async def look(self) -> Look:
        """See Files."""
        return await asyncio.to_thread(self._look)

    async def version(self, file: FoundFile) -> str:
        """See Files."""
        return await asyncio.to_thread(lambda: version_of(read_file(file.path, self._limit)))

    def _look(self) -> Look:
        root = self._folder.resolve()
        unseen: list[str] = []
        files = [file for file in self._walk(root, root, unseen) if file is not None]
        return Look(tuple(sorted(files, key=lambda file: file.document)), tuple(unseen))

    def _walk(self, root: Path, folder: Path, unseen: list[str]) -> Iterator[FoundFile | None]:
        pending = [folder]
        while pending:
            current = pending.pop()
            try:
                entries = sorted(os.scandir(current), key=lambda entry: entry.name)
            except OSError as error:
                self._note_unseen(root, current, error, unseen)
                continue
            for entry in entries:
                if is_hidden(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(Path(entry.path))
                elif not (self._only_subfolders and current == root):
                    yield self._file(root, entry, unseen)

    def _file(self, root: Path, entry: os.DirEntry[str], unseen: list[str]) -> FoundFile | None:
        path = Path(entry.path)
        name = path.relative_to(root).as_posix()
        try:
            found = entry.stat()
            inside = not entry.is_symlink() or path.resolve().is_relative_to(root)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._note_unseen(root, path, error, unseen)
            return None
        reason = self._reason_to_skip(name, found, inside=inside)
        if reason:
            self._say_once(name, reason)
            return None
        return FoundFile(DocumentId(self._prefix + name), path, found.st_size, fingerprint_of(found))

    def _reason_to_skip(self, name: str, found: os.stat_result, *, inside: bool) -> str:
        if not inside:
            return "a link out of the documents folder"
        if not stat.S_ISREG(found.st_mode):
            return "no ordinary file"
        if not is_document(name):
            return f"not one of {', '.join(DOCUMENT_ENDINGS)}"
        if not _can_be_stored(name):
            return "a name that is not valid UTF-8, or holds control characters; rename it"
        return "" if len(self._prefix + name) <= _LONGEST_ID else f"a path of over {_LONGEST_ID} characters; shorten it"

    def _note_unseen(self, root: Path, path: Path, error: OSError, unseen: list[str]) -> None:
        """Nothing below a folder that cannot be looked into counts as removed."""
        below = path.relative_to(root).as_posix()
        unseen.append(self._prefix if below == "." else f"{self._prefix}{below}")
        self._say_once(below, f"cannot be looked at ({error.strerror})")

    def _say_once(self, name: str, reason: str) -> None:
        if f"{name} {reason}" not in self._named:
            self._named.add(f"{name} {reason}")
            _log.warning("Left out of the knowledge base", file=name.encode("utf-8", "replace").decode(), reason=reason)


def fingerprint_of(found: os.stat_result) -> str:
    """What changes with a file's content, or empty while the clock is too coarse to tell."""
    if time.time() - max(found.st_mtime, found.st_ctime) < _SETTLED_S:
        return ""
    state = f"{CHUNKER_VERSION}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_ino}"
    return sha256(state.encode()).hexdigest()[:32]


def read_file(path: Path, limit: int) -> bytes:
    """A file's content.

    Raises:
        UnreadableDocumentError: it is larger than `limit` bytes, no ordinary file, or may not be read.
        DocumentGoneError: it is not there.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise refusal("not_ordinary")
            content = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DocumentGoneError(f"{path.name} is not there any more") from error
    except OSError as error:
        if error.errno in _FORBIDDEN:
            raise refusal("forbidden", reason=error.strerror) from error
        raise
    if len(content) > limit:
        raise refusal("too_large", limit=f"{limit:,}")
    return content


def _can_be_stored(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return name.isprintable()
