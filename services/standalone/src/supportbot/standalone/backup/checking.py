"""Looking through a whole backup before anything is done with it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from supportbot.standalone.backup.archive import unpack
from supportbot.standalone.backup.errors import BadArchiveError
from supportbot.standalone.backup.manifest import Manifest
from supportbot.standalone.backup.sqlite_copy import FILE, check_sqlite


@dataclass(frozen=True)
class OpenedBackup:
    """A sound backup, unpacked."""

    manifest: Manifest
    folder: Path


@asynccontextmanager
async def opened_backup(archive: Path, beside: Path) -> AsyncIterator[OpenedBackup]:
    """Unpack and check a backup in a folder of its own below `beside`, which goes at the end.

    Raises:
        BadArchiveError: it is not sound, or this version cannot restore it.
    """
    with _place(archive, beside) as place:
        folder = Path(place)
        manifest = await asyncio.to_thread(unpack, archive, folder)
        await asyncio.to_thread(_check_database, manifest, folder)
        yield OpenedBackup(manifest, folder)


def _place(archive: Path, beside: Path) -> tempfile.TemporaryDirectory[str]:
    if not archive.is_file():
        raise BadArchiveError(f"{archive}: there is no such file")
    beside.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=".restoring-", dir=beside)


def _check_database(manifest: Manifest, folder: Path) -> None:
    if manifest.database == "sqlite":
        if FILE not in manifest.files:
            raise BadArchiveError("The backup is not whole: the database is missing")
        check_sqlite(folder / FILE, manifest.rows)
    else:
        missing = [name for name in manifest.rows if f"database/{name}.csv" not in manifest.files]
        if missing:
            raise BadArchiveError(f"The backup is not whole: the table {missing[0]} is missing")
