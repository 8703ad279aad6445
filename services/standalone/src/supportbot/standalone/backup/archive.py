"""The file that a backup is: written whole or not at all, read as something that a stranger may have made."""

import gzip
import hashlib
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from supportbot.standalone.backup.errors import BadArchiveError
from supportbot.standalone.backup.manifest import NAME, FileEntry, Manifest, read_manifest

_PIECE: Final = 1024 * 1024
_LARGEST_MANIFEST: Final = 256 * 1024 * 1024
_ROOM_LEFT: Final = 64 * 1024 * 1024
_DAMAGE = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile)


def measured(folder: Path) -> dict[str, FileEntry]:
    """Every file below a folder with its size and digest, by the name that it has in an archive."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            digest = hashlib.sha256()
            with path.open("rb") as file:
                for piece in _pieces(file):
                    digest.update(piece)
            found[path.relative_to(folder).as_posix()] = FileEntry(bytes=path.stat().st_size, sha256=digest.hexdigest())
    return found


def pack(folder: Path, manifest: Manifest, target: Path) -> None:
    """Write the archive beside its place, and rename it when it is whole and on the disk, for its owner alone."""
    beside = target.with_name(f".{target.name}.partial")
    (folder / NAME).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as tar:
                for name in (NAME, *manifest.files):
                    tar.add(folder / name, arcname=name, recursive=False, filter=_anonymous)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def unpack(archive: Path, into: Path) -> Manifest:
    """Unpack what the manifest names, and nothing else, into an empty folder, checking each file.

    Raises:
        BadArchiveError: the archive is not whole, or not a backup that this version can restore.
    """
    try:
        with tarfile.open(archive, mode="r:gz") as tar:
            members = iter(tar)
            manifest = _manifest(tar, next(members, None))
            _need_room(manifest.total_bytes, into)
            left = dict(manifest.files)
            for member in members:
                entry = left.pop(member.name, None)
                if entry is None or not member.isreg() or member.size != entry.bytes:
                    raise BadArchiveError(
                        f"The backup is damaged: it holds {member.name[:200]!r}, of which it says else"
                    )
                _write(tar, member, entry, into / member.name)
    except _DAMAGE as error:
        raise BadArchiveError(
            f"{archive} is damaged, cut off, or no backup at all ({type(error).__name__}: {str(error)[:200]})"
        ) from error
    if left:
        raise BadArchiveError(
            f"The backup is not whole: {len(left)} files are missing, {next(iter(left))!r} among them"
        )
    return manifest


def _manifest(tar: tarfile.TarFile, first: tarfile.TarInfo | None) -> Manifest:
    if first is None or first.name != NAME or not first.isreg() or first.size > _LARGEST_MANIFEST:
        raise BadArchiveError(f"The file is no backup of this product: it does not begin with {NAME}")
    return read_manifest(_opened(tar, first).read())


def _need_room(needed: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if needed + _ROOM_LEFT > free:
        raise BadArchiveError(
            f"The backup needs {needed // 1024**2 + 1} MB in {folder}, and {free // 1024**2} MB are free there"
        )


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, entry: FileEntry, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with path.open("xb") as file:
        for piece in _pieces(_opened(tar, member)):
            digest.update(piece)
            file.write(piece)
    if digest.hexdigest() != entry.sha256:
        raise BadArchiveError(f"The backup is damaged: {member.name!r} is not what it was when the backup was made")


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    opened = tar.extractfile(member)
    assert opened is not None, "of a regular file"
    return opened


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece
