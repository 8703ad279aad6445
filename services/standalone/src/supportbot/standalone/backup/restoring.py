"""Putting a backup in place of what is there, which is kept until all is done, and after it."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from supportbot.common.database.opener import COMMAND, connect_database
from supportbot.common.database.transactions import Database
from supportbot.common.knowledge.folder_lock import FolderLock
from supportbot.standalone.backup.checking import OpenedBackup, opened_backup
from supportbot.standalone.backup.configuration import FOLDER as CONFIGURATION
from supportbot.standalone.backup.configuration import RESTORED, open_secrets, synonyms_in
from supportbot.standalone.backup.errors import CannotRestoreError
from supportbot.standalone.backup.manifest import Manifest
from supportbot.standalone.backup.postgres_copy import FOLDER as DATABASE
from supportbot.standalone.backup.postgres_copy import load_postgres, others_at_work
from supportbot.standalone.backup.sqlite_copy import FILE
from supportbot.standalone.backup.swapping import Swap
from supportbot.standalone.settings import StandaloneSettings

ASIDE: Final = "before-restore-"


@dataclass(frozen=True)
class Restored:
    """What was put in place."""

    manifest: Manifest
    kept: Path
    """Where what was there before is."""
    settings_file: Path | None
    """Where the settings of the backup were written, secrets among them."""


async def restore(
    settings: StandaloneSettings, archive: Path, *, without_secrets: bool = False, dry_run: bool = False
) -> Restored | Manifest:
    """Check everything, then put the backup in place; with `dry_run` only check, and return what the backup holds.

    Raises:
        BadArchiveError: the archive is not sound. Nothing was changed.
        CannotRestoreError: it does not fit this place, or something runs here. Nothing was changed.
        FolderInUseError: a process runs on the data folder. Nothing was changed.
    """
    async with opened_backup(archive, settings.data_folder) as backup:
        _fits(settings, backup.manifest)
        secrets = "" if without_secrets else _secrets(settings, backup)
        with _alone(settings):
            if settings.db_host:
                return await _with_postgres(settings, backup, secrets, dry_run=dry_run)
            return backup.manifest if dry_run else _with_sqlite(settings, backup, secrets)


def _fits(settings: StandaloneSettings, manifest: Manifest) -> None:
    here = "postgresql" if settings.db_host else "sqlite"
    if manifest.database != here:
        advice = "unset DB_HOST" if here == "postgresql" else "set DB_HOST and its companions"
        raise CannotRestoreError(
            f"The backup is of {manifest.database}, and this is {here}: {advice}. Nothing was changed"
        )


def _secrets(settings: StandaloneSettings, backup: OpenedBackup) -> str:
    if backup.manifest.secrets == "left out":
        return ""
    passphrase = settings.backup_passphrase.get_secret_value()
    if not passphrase:
        raise CannotRestoreError(
            "BACKUP_PASSPHRASE: the backup holds secrets; set the one with which it was made, or leave them out with "
            "--without-secrets. Nothing was changed"
        )
    return open_secrets(backup.folder / CONFIGURATION, passphrase)


@contextmanager
def _alone(settings: StandaloneSettings) -> Iterator[None]:
    """Nobody else works on this data folder, in any role, and nobody begins to."""
    with ExitStack() as held:
        for folder in (settings.data_folder, settings.data_folder / "web"):
            lock = FolderLock(folder)
            held.callback(lock.release)
        yield


def _with_sqlite(settings: StandaloneSettings, backup: OpenedBackup, secrets: str) -> Restored:
    with _swapping(settings) as swap:
        for ending in ("-wal", "-shm"):
            swap.file(None, settings.database_path.with_name(settings.database_path.name + ending))
        (backup.folder / FILE).chmod(0o600)
        swap.file(backup.folder / FILE, settings.database_path)
        swap.contents(backup.folder / "files", settings.data_folder / "files", "files")
        _swap_folders(settings, backup, swap)
    return Restored(backup.manifest, swap.aside, _write_settings(settings, secrets))


async def _with_postgres(
    settings: StandaloneSettings, backup: OpenedBackup, secrets: str, *, dry_run: bool
) -> Restored | Manifest:
    database = connect_database(settings, COMMAND)
    try:
        await _nobody_else(database)
        if dry_run:
            return backup.manifest
        with _swapping(settings) as swap:
            _swap_folders(settings, backup, swap)
            # Last, since it is one transaction: with it either everything is restored, or nothing.
            await load_postgres(database, backup.manifest.revision, backup.manifest.rows, backup.folder / DATABASE)
        return Restored(backup.manifest, swap.aside, _write_settings(settings, secrets))
    finally:
        await database.close()


async def _nobody_else(database: Database) -> None:
    others = await others_at_work(database)
    if others:
        raise CannotRestoreError(f"{', '.join(others)} work with this database; stop them first. Nothing was changed")


@contextmanager
def _swapping(settings: StandaloneSettings) -> Iterator[Swap]:
    """Whatever goes wrong within, everything is put back."""
    aside = settings.data_folder / f"{ASIDE}{datetime.now(UTC):%Y%m%d_%H%M%S}"
    aside.mkdir(mode=0o700)
    swap = Swap(aside)
    try:
        yield swap
    except BaseException:
        swap.undo()
        _remove_empty(aside)
        raise


def _remove_empty(folder: Path) -> None:
    """Folders alone, from the innermost out: what could not be put back is still in there."""
    for path in sorted((folder, *folder.rglob("*")), reverse=True):
        with suppress(OSError):
            path.rmdir()


def _swap_folders(settings: StandaloneSettings, backup: OpenedBackup, swap: Swap) -> None:
    swap.contents(backup.folder / "documents", settings.documents_path, "documents")
    if not settings.qdrant_url:
        swap.file(None, settings.vector_db_path)  # it is made again from the documents
    synonyms = synonyms_in(backup.folder / CONFIGURATION)
    if synonyms is not None:
        swap.file(synonyms, settings.synonyms_path)


def _write_settings(settings: StandaloneSettings, secrets: str) -> Path | None:
    if not secrets:
        return None
    path = settings.data_folder / RESTORED
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secrets)
    return path
