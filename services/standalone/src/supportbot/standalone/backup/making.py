"""Making a backup while the product runs, and forgetting old ones."""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

from supportbot.standalone.backup.archive import measured, pack
from supportbot.standalone.backup.configuration import FOLDER as CONFIGURATION
from supportbot.standalone.backup.configuration import dump_configuration
from supportbot.standalone.backup.errors import BackupError
from supportbot.standalone.backup.manifest import Manifest
from supportbot.standalone.backup.postgres_copy import FOLDER as DATABASE
from supportbot.standalone.backup.postgres_copy import dump_postgres
from supportbot.standalone.backup.sqlite_copy import FILE, dump_sqlite
from supportbot.standalone.settings import StandaloneSettings

LATEST: Final = "telegram_bot_backup_latest_complete.tar.gz"
KEPT_DAYS: Final = 30
VECTORS: Final = "not in the backup: the index is made again from the documents at the first start"
_STAMP: Final = "%Y%m%d_%H%M%S"
_NAME = re.compile(r"telegram_bot_backup_(\d{8}_\d{6})_complete\.tar\.gz")


@dataclass(frozen=True)
class MadeBackup:
    """What was made."""

    path: Path
    bytes: int
    manifest: Manifest
    removed: tuple[str, ...]
    """Names of backups that were too old to be kept."""


async def make_backup(settings: StandaloneSettings, folder: Path, *, keep_days: int = KEPT_DAYS) -> MadeBackup:
    """Make one in a folder, point `latest` to it, and remove those that are older than is kept.

    Raises:
        BackupError: it could not be made; nothing of it is left, and no other one was touched.
    """
    moment = datetime.now(UTC)
    target = folder / f"telegram_bot_backup_{moment:{_STAMP}}_complete.tar.gz"
    _make_folder(folder, target)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as place:
        manifest = await _gather(settings, Path(place), moment)
        await asyncio.to_thread(pack, Path(place), manifest, target)
    _point_to(folder / LATEST, target)
    removed = tuple(_remove_older(folder, moment - timedelta(days=keep_days), target))
    return MadeBackup(target, target.stat().st_size, manifest, removed)


def _make_folder(folder: Path, target: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if target.exists():
        raise BackupError(f"{target} is there already; wait a second")


async def _gather(settings: StandaloneSettings, place: Path, moment: datetime) -> Manifest:
    """The database first: what it speaks of is in the folders before it, and stays there for an hour after."""
    (place / DATABASE).mkdir()
    (place / CONFIGURATION).mkdir()
    if settings.db_host:
        revision, rows = await dump_postgres(settings, place / DATABASE)
    else:
        revision, rows = await asyncio.to_thread(dump_sqlite, settings.database_path, place / FILE)
        await asyncio.to_thread(_copy_folder, settings.data_folder / "files", place / "files")
    await asyncio.to_thread(_copy_folder, settings.documents_path, place / "documents")
    secrets = dump_configuration(settings, place / CONFIGURATION)
    return Manifest(
        product=version("supportbot-standalone"),
        made_at=moment,
        database="postgresql" if settings.db_host else "sqlite",
        revision=revision,
        rows=rows,
        vectors=VECTORS,
        secrets="encrypted" if secrets else "left out",
        files=await asyncio.to_thread(measured, place),
    )


def _copy_folder(source: Path, target: Path) -> None:
    """Regular files alone; what goes away meanwhile was not to be kept, and hidden names are nobody's documents."""
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(folder) / name
            if name.startswith(".") or path.is_symlink() or not path.is_file():
                continue
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(path, copy)
            except FileNotFoundError:
                copy.unlink(missing_ok=True)


def _point_to(link: Path, target: Path) -> None:
    beside = link.with_name(f".{link.name}.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target.name)
    beside.replace(link)


def _remove_older(folder: Path, than: datetime, newest: Path) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        found = _NAME.fullmatch(path.name)
        if found and path != newest and _moment(found[1], newest) < than:
            path.unlink(missing_ok=True)
            yield path.name


def _moment(stamp: str, newest: Path) -> datetime:
    """The moment in a name; a name that holds none is kept."""
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(newest.stat().st_mtime, UTC)
