"""Contents in a folder, for processes of one machine: a file each, written beside and renamed when it is whole."""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from supportbot.common.files.port import (
    CHUNK,
    FileMissingError,
    FilesUnavailableError,
    Needed,
    StoredFile,
)
from supportbot.common.files.slicing import Measured, Proof

_ARRIVING: Final = "arriving"
_DIGEST_LENGTH: Final = 64
_BATCH: Final = 200


class FolderFiles:
    """Files, in `<folder>/<two digits>/<digest>`. No name that anybody gave is ever part of a path."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when it is first needed."""
        self._folder = folder
        self._arriving = folder / _ARRIVING

    async def put(self, content: AsyncIterator[bytes], *, limit: int) -> StoredFile:
        """See Files."""
        measured = Measured(content, limit)
        beside = self._arriving / uuid4().hex
        with _as_unavailable():
            file = await asyncio.to_thread(self._create, beside)
        try:
            with file:
                async for piece in measured.pieces():
                    with _as_unavailable():
                        await asyncio.to_thread(file.write, piece)
                with _as_unavailable():
                    await asyncio.to_thread(_to_disk, file)
            stored = measured.stored()
            with _as_unavailable():
                await asyncio.to_thread(self._name, beside, stored.digest)
        finally:
            beside.unlink(missing_ok=True)
        return stored

    async def read(self, digest: str) -> AsyncIterator[bytes]:
        """See Files."""
        proof = Proof(digest)
        try:
            file = await asyncio.to_thread(self._path(digest).open, "rb")
        except FileNotFoundError as error:
            raise FileMissingError(digest) from error
        except OSError as error:
            raise _unavailable(error) from error
        with file:
            while piece := await asyncio.to_thread(_read, file):
                yield proof.seen(piece)
        proof.check()

    async def sweep(self, older_than_s: float, needed: Needed) -> int:
        """See Files."""
        before = time.time() - older_than_s
        with _as_unavailable():
            old = await asyncio.to_thread(self._stored_before, before)
        removed = 0
        for start in range(0, len(old), _BATCH):
            some = old[start : start + _BATCH]
            wanted = await needed(some)
            for digest in some:
                if digest not in wanted:
                    with _as_unavailable():
                        removed += await asyncio.to_thread(self._remove, digest, before)
        return removed

    def _path(self, digest: str) -> Path:
        if len(digest) != _DIGEST_LENGTH or not digest.isalnum():
            raise FileMissingError(digest[:_DIGEST_LENGTH])
        return self._folder / digest[:2] / digest

    def _create(self, path: Path) -> BinaryIO:
        for folder in (self._folder, self._arriving):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "wb", buffering=0)

    def _name(self, beside: Path, digest: str) -> None:
        target = self._path(digest)
        if not target.parent.exists():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            _folder_to_disk(self._folder)
        with self._naming():
            beside.replace(target)
        _folder_to_disk(target.parent)

    def _stored_before(self, moment: float) -> list[str]:
        found: list[str] = []
        if not self._folder.is_dir():
            return found
        for folder in self._folder.iterdir():
            for path in folder.iterdir() if folder.is_dir() else ():
                if not _is_older(path, moment):
                    continue
                if folder.name == _ARRIVING:
                    path.unlink(missing_ok=True)  # its process died
                else:
                    found.append(path.name)
        return found

    def _remove(self, digest: str, before: float) -> bool:
        """Nobody may put the same content in its place between the look at its age and the removal."""
        path = self._path(digest)
        with self._naming():
            if not _is_older(path, before):
                return False
            path.unlink(missing_ok=True)
        return True

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """Only one thread of all processes at a time gives names to contents, or takes them away."""
        with (self._folder / ".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _read(file: BinaryIO) -> bytes:
    with _as_unavailable():
        return file.read(CHUNK)


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _folder_to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_older(path: Path, moment: float) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime < moment
    return False


@contextmanager
def _as_unavailable() -> Iterator[None]:
    """Trouble with the disk, as an error of ours."""
    try:
        yield
    except OSError as error:
        raise _unavailable(error) from error


def _unavailable(error: OSError) -> FilesUnavailableError:
    return FilesUnavailableError(
        f"The folder of uploaded files cannot be used now ({error.strerror}). "
        "Check the disk's free space, and that the product's user may write below the data folder"
    )
