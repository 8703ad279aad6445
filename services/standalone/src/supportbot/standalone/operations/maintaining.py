"""The weekly upkeep: each step says what it did, and one that fails keeps no other from being done."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from supportbot.common.cache.redis import RedisAwayError, RedisCache
from supportbot.common.errors import SupportbotError
from supportbot.common.knowledge.folder_lock import FolderInUseError, FolderLock
from supportbot.standalone.backup.restoring import ASIDE
from supportbot.standalone.operations.postgres import vacuum
from supportbot.standalone.operations.units import active_state, enabled_units
from supportbot.standalone.settings import StandaloneSettings

LOGS_KEPT_DAYS: Final = 7
DISK_WARNING_PERCENT: Final = 80
_DAY_S: Final = 86_400
_REDIS_S: Final = 10.0


@dataclass(frozen=True)
class Step:
    """What became of one step."""

    name: str
    outcome: Literal["ok", "attention", "failed"]
    said: str


async def maintain(settings: StandaloneSettings, *, dry_run: bool = False) -> list[Step]:
    """Do all steps; with `dry_run` say what each would do."""
    steps: dict[str, Callable[[], Awaitable[tuple[bool, str]]]] = {
        "database": lambda: _database(settings, dry_run=dry_run),
        "logs": lambda: asyncio.to_thread(_old_logs, settings, dry_run=dry_run),
        "cache": lambda: _cache(settings, dry_run=dry_run),
        "kept data": lambda: asyncio.to_thread(_kept_data, settings),
        "disk": lambda: asyncio.to_thread(_disk, settings),
        "services": _services,
    }
    return [await _done(name, step) for name, step in steps.items()]


async def _done(name: str, step: Callable[[], Awaitable[tuple[bool, str]]]) -> Step:
    try:
        well, said = await step()
    except (SupportbotError, OSError, sqlite3.Error) as error:
        return Step(name, "failed", str(error))
    return Step(name, "ok" if well else "attention", said)


async def _database(settings: StandaloneSettings, *, dry_run: bool) -> tuple[bool, str]:
    if settings.db_host:
        if not dry_run:
            await vacuum(settings)
        return True, "VACUUM ANALYZE" + (" would be done" if dry_run else " done")
    if not settings.database_path.is_file():
        return True, "there is no database yet"
    if dry_run:
        return True, "statistics would be brought up to date and, where no process runs, room given back"
    return True, await asyncio.to_thread(_tidy_sqlite, settings)


def _tidy_sqlite(settings: StandaloneSettings) -> str:
    """VACUUM holds the write lock for as long as it takes, so it is done where nobody needs that."""
    before = settings.database_path.stat().st_size
    with closing(sqlite3.connect(settings.database_path, timeout=30)) as database:
        database.execute("PRAGMA optimize=0x10002")
        try:
            lock = FolderLock(settings.data_folder)
        except FolderInUseError:
            return "statistics are up to date; room is given back when no process runs"
        try:
            database.execute("VACUUM")
        finally:
            lock.release()
    return f"VACUUM done, {before - settings.database_path.stat().st_size} bytes smaller"


def _old_logs(settings: StandaloneSettings, *, dry_run: bool) -> tuple[bool, str]:
    """Rotated ones alone: those in use have no number behind."""
    if settings.logs_path is None:
        return True, "LOGS_PATH is not set; there are none"
    end = time.time() - LOGS_KEPT_DAYS * _DAY_S
    old = [path for path in settings.logs_path.rglob("*.log.*") if path.is_file() and path.stat().st_mtime < end]
    if not dry_run:
        for path in old:
            path.unlink(missing_ok=True)
    return True, f"{len(old)} older than {LOGS_KEPT_DAYS} days{' would be' if dry_run else ''} removed"


async def _cache(settings: StandaloneSettings, *, dry_run: bool) -> tuple[bool, str]:
    """Our own keys: others may use the same Redis."""
    if not settings.redis_host or dry_run:
        return True, "our keys would be removed" if settings.redis_host else "REDIS_HOST is not set; it is in memory"
    password = settings.redis_password.get_secret_value()
    cache = RedisCache(settings.redis_host, settings.redis_port, password, timeout_s=_REDIS_S)
    try:
        await cache.flush()
    except RedisAwayError as error:
        return False, str(error)
    finally:
        await cache.close()
    return True, "our keys are removed"


def _kept_data(settings: StandaloneSettings) -> tuple[bool, str]:
    kept = sorted(path.name for path in settings.data_folder.glob(f"{ASIDE}*"))
    if not kept:
        return True, "nothing is kept from before a restoration"
    return False, f"{', '.join(kept)} in {settings.data_folder}: remove what you do not need any more"


def _disk(settings: StandaloneSettings) -> tuple[bool, str]:
    places = {path.resolve() for path in (settings.data_folder, settings.documents_path, Path("/")) if path.exists()}
    use = {str(place): _percent(place) for place in sorted(places)}
    said = ", ".join(f"{place} {percent:.0f} %" for place, percent in use.items())
    return all(percent < DISK_WARNING_PERCENT for percent in use.values()), f"used: {said}"


def _percent(place: Path) -> float:
    usage = shutil.disk_usage(place)
    return 100 * usage.used / (usage.used + usage.free)


async def _services() -> tuple[bool, str]:
    units = await enabled_units()
    if not units:
        return True, "no unit of systemd is enabled here"
    states = {unit: await active_state(unit) for unit in units}
    said = ", ".join(f"{unit} {state}" for unit, state in states.items())
    return all(state == "active" for state in states.values()), said
