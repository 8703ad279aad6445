"""One report: what is wrong, and all that somebody who helps would ask for first; no secret is in it."""

import asyncio
import inspect
import os
import platform
import shutil
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from dotenv import dotenv_values
from pydantic import SecretStr

from supportbot.common.telemetry.logging import hide_secrets
from supportbot.standalone.operations.asking import ask, ask_telegram
from supportbot.standalone.operations.findings import findings
from supportbot.standalone.operations.records import records
from supportbot.standalone.operations.servers import servers
from supportbot.standalone.operations.units import active_state, address_of, enabled_units
from supportbot.standalone.running import find
from supportbot.standalone.settings import StandaloneSettings

_LAST_LINES: Final = 20
_ALIKE: Final = 0.8
_HIDDEN: Final = "***"
_LIBRARIES: Final = ("aiogram", "fastapi", "sqlalchemy", "asyncpg", "faststream", "qdrant-client", "openai")
Report = dict[str, Any]


async def diagnose(settings: StandaloneSettings) -> Report:
    """Everything, and before it what is wrong of it, with what to do. Each part by itself: what fails is part of it."""
    looks: dict[str, Callable[[StandaloneSettings], Any]] = {
        "product": _product,
        "machine": _machine,
        "settings": _settings,
        "misspelt": _misspelt,
        "database": records,
        "servers": servers,
        "processes": _processes,
        "telegram": _telegram,
        "model": _model,
        "last_errors": _last_errors,
    }
    parts = await asyncio.gather(*(_part(look, settings) for look in looks.values()))
    report = dict(zip(looks, parts, strict=True))
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    whole = {"made_at": made_at, "findings": [asdict(one) for one in findings(report)], **report}
    hidden: Report = _without_secrets(whole, _secrets(settings))
    return hidden


async def _part(look: Callable[[StandaloneSettings], Any], settings: StandaloneSettings) -> Any:
    try:
        found = look(settings)
        return await found if inspect.isawaitable(found) else found
    except Exception as error:  # what cannot even be looked at tells something too
        return {"problem": f"it could not be looked at: {str(error) or type(error).__name__}"}


def _product(_settings: StandaloneSettings) -> Report:
    libraries = {name: version(name) for name in _LIBRARIES}
    return {"version": version("supportbot-standalone"), "python": sys.version.split()[0], "libraries": libraries}


def _machine(settings: StandaloneSettings) -> Report:
    load = os.getloadavg()
    return {
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load": [round(one, 2) for one in load],
        "memory": _memory(),
        "disks": {str(place): _disk(place) for place in _places(settings)},
    }


def _places(settings: StandaloneSettings) -> list[Path]:
    """Folders that are written to, as far as they are there."""
    named = (settings.data_folder, settings.vector_db_path, settings.logs_path)
    return sorted({place.resolve() for place in named if place is not None and place.is_dir()}) or [Path.cwd()]


def _disk(place: Path) -> Report:
    disk = shutil.disk_usage(place)
    return {
        "free_mb": disk.free // 1024**2,
        "total_mb": disk.total // 1024**2,
        "free_percent": round(100 * disk.free / max(1, disk.total), 1),
        "writable": os.access(place, os.W_OK | os.X_OK),
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


def _misspelt(_settings: StandaloneSettings) -> dict[str, str]:
    """Names in .env that no setting has, each with the setting that it is nearly the name of."""
    known = sorted(name.upper() for name in StandaloneSettings.model_fields)
    given = {name.upper() for name in dotenv_values(".env", interpolate=False)} - set(known)
    meant = {name: get_close_matches(name.removesuffix("_FILE"), known, n=1, cutoff=_ALIKE) for name in sorted(given)}
    return {name: found[0] for name, found in meant.items() if found and name != f"{found[0]}_FILE"}


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return _HIDDEN if value.get_secret_value() else ""
    return str(value)


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
    """Each bot: what Telegram says of its webhook."""
    if not settings.bots:
        return {"note": "TELEGRAM_BOT_TOKEN is not set"}
    said = await asyncio.gather(
        *(ask_telegram(settings, "getWebhookInfo", bot=place) for place in range(len(settings.bots)))
    )
    results = [one.shape.get("result") for one in said]
    return {
        f"bot {account.bot}": {
            "status": one.status,
            "wanted": settings.webhook_address,
            "webhook": result if isinstance(result, dict) else one.text[:200],
        }
        for account, one, result in zip(settings.bots, said, results, strict=True)
    }


async def _model(settings: StandaloneSettings) -> Report:
    if not settings.has_model:
        return {"note": "OPENAI_API_KEY is not set; answers are quoted"}
    key = settings.openai_api_key.get_secret_value()
    said = await ask(
        f"{settings.openai_api_base.rstrip('/')}/models", headers={"Authorization": f"Bearer {key}", "api-key": key}
    )
    return {"status": said.status, "said": None if said.status == 200 else said.text[:200]}  # noqa: PLR2004  # HTTP's


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
