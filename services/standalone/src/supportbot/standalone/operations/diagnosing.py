"""One report of everything that somebody who helps would ask for first; no secret is in it."""

import os
import platform
import shutil
import sys
from collections import deque
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from supportbot.common.database.opener import COMMAND, connect_database, stored_revision
from supportbot.common.database.schema.migrating import head
from supportbot.common.errors import SupportbotError
from supportbot.common.telemetry.logging import hide_secrets
from supportbot.standalone.operations.asking import ask, ask_telegram
from supportbot.standalone.operations.postgres import connections
from supportbot.standalone.operations.units import active_state, address_of, enabled_units
from supportbot.standalone.running import find
from supportbot.standalone.settings import StandaloneSettings

_LAST_LINES: Final = 20
_HIDDEN: Final = "***"
_LIBRARIES: Final = ("aiogram", "fastapi", "sqlalchemy", "asyncpg", "faststream", "qdrant-client", "openai")
Report = dict[str, Any]


async def diagnose(settings: StandaloneSettings) -> Report:
    """Everything, each part by itself: what fails is part of the report."""
    report: Report = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "product": _product(),
        "machine": _machine(settings),
        "settings": _settings(settings),
        "database": await _database(settings),
        "processes": await _processes(settings),
        "telegram": await _telegram(settings),
        "model": await _model(settings),
        "last_errors": _last_errors(settings),
    }
    hidden: Report = _without_secrets(report, _secrets(settings))
    return hidden


def _product() -> Report:
    libraries = {name: version(name) for name in _LIBRARIES}
    return {"version": version("supportbot-standalone"), "python": sys.version.split()[0], "libraries": libraries}


def _machine(settings: StandaloneSettings) -> Report:
    place = settings.data_folder if settings.data_folder.exists() else Path()
    disk = shutil.disk_usage(place)
    load = os.getloadavg()
    return {
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load": [round(one, 2) for one in load],
        "memory": _memory(),
        "disk": {"place": str(place.resolve()), "free_mb": disk.free // 1024**2, "total_mb": disk.total // 1024**2},
    }


def _memory() -> Report:
    """In megabytes, where the system tells as Linux does."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    found = {line.partition(":")[0]: int(line.split()[1]) // 1024 for line in lines if line.endswith("kB")}
    return {"total_mb": found.get("MemTotal"), "available_mb": found.get("MemAvailable")}


def _settings(settings: StandaloneSettings) -> Report:
    """Those that were set."""
    return {name.upper(): _shown(getattr(settings, name)) for name in sorted(settings.model_fields_set)}


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return _HIDDEN if value.get_secret_value() else ""
    return str(value)


async def _database(settings: StandaloneSettings) -> Report:
    kind = "postgresql" if settings.db_host else "sqlite"
    place = f"{settings.db_host}:{settings.db_port}" if settings.db_host else str(settings.database_path)
    found: Report = {"kind": kind, "place": place, "newest": head()}
    if not settings.db_host and not settings.database_path.is_file():
        return {**found, "problem": "there is none yet"}
    database = connect_database(settings, COMMAND)
    try:
        found["tables"] = await stored_revision(database)
        if settings.db_host:
            seen = await connections(settings)
            found["connections"] = {"used": seen.used, "most": seen.most, "by_state": seen.by_state}
    except SupportbotError as error:
        found["problem"] = str(error)
    finally:
        await database.close()
    return found


async def _processes(settings: StandaloneSettings) -> Report:
    """Each unit that is enabled, and the process of this data folder."""
    found: Report = {}
    for unit in await enabled_units():
        address = address_of(unit, settings)
        found[unit] = {"state": await active_state(unit), **await _health(address)}
    running = find(settings.data_folder)
    if running is not None:
        found[f"pid {running.pid}"] = await _health(running.base_url)
    return found


async def _health(address: str) -> Report:
    health = await ask(f"{address}/health")
    pool = await ask(f"{address}/health/db/connections")
    return {
        "address": address,
        "status": health.status,
        "health": health.shape or health.text[:200],
        "connection_pool": pool.shape.get("connection_pool"),
    }


async def _telegram(settings: StandaloneSettings) -> Report:
    if not settings.bots:
        return {"problem": "TELEGRAM_BOT_TOKEN is not set"}
    webhook = await ask_telegram(settings, "getWebhookInfo")
    result = webhook.shape.get("result")
    return {"status": webhook.status, "webhook": result if isinstance(result, dict) else webhook.text[:200]}


async def _model(settings: StandaloneSettings) -> Report:
    if not settings.has_model:
        return {"problem": "OPENAI_API_KEY is not set; answers are quoted"}
    key = settings.openai_api_key.get_secret_value()
    said = await ask(
        f"{settings.openai_api_base.rstrip('/')}/models", headers={"Authorization": f"Bearer {key}", "api-key": key}
    )
    return {"status": said.status, "problem": None if said.status == 200 else said.text[:200]}  # noqa: PLR2004  # HTTP's


def _last_errors(settings: StandaloneSettings) -> list[str]:
    if settings.logs_path is None or not settings.logs_path.is_dir():
        return []
    lines: deque[str] = deque(maxlen=_LAST_LINES)
    for path in sorted(settings.logs_path.rglob("error.log")):
        with path.open(encoding="utf-8", errors="replace") as file:
            lines.extend(line.rstrip("\n")[:1000] for line in file)
    return list(lines)


def _secrets(settings: StandaloneSettings) -> list[str]:
    """Whatever is set, longest first, so that none is left over behind a part of itself."""
    values = (getattr(settings, name) for name in settings.model_fields_set)
    found = {value.get_secret_value() for value in values if isinstance(value, SecretStr)}
    found |= {part for value in found for part in value.split(",")}
    return sorted((value for value in found if len(value) >= 4), key=len, reverse=True)  # noqa: PLR2004  # "1" hides all


def _without_secrets(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, _HIDDEN)
        return hide_secrets(value)
    if isinstance(value, dict):
        return {name: _without_secrets(inner, secrets) for name, inner in value.items()}
    return [_without_secrets(inner, secrets) for inner in value] if isinstance(value, list) else value
