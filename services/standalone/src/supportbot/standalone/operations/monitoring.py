"""One look at the machine, our processes and whom they need: each part says how it is, and whether that is well."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from supportbot.standalone.operations.asking import ask, ask_telegram
from supportbot.standalone.operations.units import address_of, enabled_units
from supportbot.standalone.running import find
from supportbot.standalone.settings import StandaloneSettings

MOST_PERCENT: Final = 80.0
MOST_BEYOND_POOL: Final = 5
_SAMPLE_S: Final = 1.0
_STAT: Final = Path("/proc/stat")
_MEMINFO: Final = Path("/proc/meminfo")


@dataclass(frozen=True)
class Part:
    """How one of them is."""

    name: str
    is_well: bool
    said: str


async def monitor(settings: StandaloneSettings) -> list[Part]:
    """Look at everything at once; nothing is changed."""
    alone: Mapping[str, Callable[[], Awaitable[tuple[bool, str]]]] = {
        "processor": _processor,
        "memory": _memory,
        "disk": lambda: _disk(settings),
        "telegram": lambda: _telegram(settings),
        "model": lambda: _model(settings),
    }
    processes = asyncio.create_task(_processes(settings))
    seen = await asyncio.gather(*(look() for look in alone.values()))
    return [*(Part(name, *one) for name, one in zip(alone, seen, strict=True)), *await processes]


async def _processor() -> tuple[bool, str]:
    if not _STAT.exists():
        percent = 100 * os.getloadavg()[0] / (os.cpu_count() or 1)
        return percent <= MOST_PERCENT, f"the load is {percent:.0f} % of the cores"
    idle, whole = _ticks()
    await asyncio.sleep(_SAMPLE_S)
    idle_then, whole_then = _ticks()
    percent = 100 * (1 - (idle_then - idle) / max(1, whole_then - whole))
    return percent <= MOST_PERCENT, f"{percent:.0f} % in use"


def _ticks() -> tuple[int, int]:
    """Idle ones (waiting for disks among them), and all."""
    numbers = [int(one) for one in _STAT.read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
    return numbers[3] + numbers[4], sum(numbers)


async def _memory() -> tuple[bool, str]:
    if not _MEMINFO.exists():
        return True, "this system does not say"
    lines = (line.partition(":") for line in _MEMINFO.read_text(encoding="ascii").splitlines())
    kilobytes = {name: int(rest.split()[0]) for name, _, rest in lines}
    percent = 100 * (1 - kilobytes["MemAvailable"] / kilobytes["MemTotal"])
    return percent <= MOST_PERCENT, f"{percent:.0f} % in use"


async def _disk(settings: StandaloneSettings) -> tuple[bool, str]:
    places = {place.resolve() for place in (settings.data_folder, settings.documents_path, Path("/")) if place.exists()}
    used = {str(place): shutil.disk_usage(place) for place in sorted(places)}
    percent = {place: 100 * one.used / (one.used + one.free) for place, one in used.items()}
    said = ", ".join(f"{place} {one:.0f} %" for place, one in percent.items())
    return max(percent.values()) <= MOST_PERCENT, f"used: {said}"


async def _telegram(settings: StandaloneSettings) -> tuple[bool, str]:
    if not settings.bots:
        return True, "TELEGRAM_BOT_TOKEN is not set"
    said = await ask_telegram(settings, "getMe")
    if said.shape.get("ok"):
        return True, "it answers"
    return False, f"TELEGRAM_API_BASE, TELEGRAM_BOT_TOKEN: {said.status or 'no answer'}, {said.text[:200]}"


async def _model(settings: StandaloneSettings) -> tuple[bool, str]:
    if not settings.has_model:
        return True, "OPENAI_API_KEY is not set; answers are quoted"
    key = settings.openai_api_key.get_secret_value()
    headers = {"Authorization": f"Bearer {key}", "api-key": key}
    said = await ask(f"{settings.openai_api_base.rstrip('/')}/models", headers=headers)
    if said.status == HTTPStatus.OK:
        return True, "it answers"
    return (
        False,
        f"OPENAI_API_BASE, OPENAI_API_KEY: {said.status or 'no answer'}, {said.text[:200].replace(key, '***')}",
    )


async def _processes(settings: StandaloneSettings) -> list[Part]:
    """Each unit that is to run here, and the process of this data folder."""
    addresses = {unit: address_of(unit, settings) for unit in await enabled_units()}
    running = find(settings.data_folder)
    if running is not None:
        addresses[f"pid {running.pid}"] = running.base_url
    if not addresses:
        return [Part("processes", is_well=False, said="none runs on this data folder, and no unit is enabled")]
    return list(await asyncio.gather(*(_process(name, address) for name, address in addresses.items())))


async def _process(name: str, address: str) -> Part:
    ready, pooled = await asyncio.gather(ask(f"{address}/health/ready"), ask(f"{address}/health/db/connections"))
    if ready.status == 0:
        return Part(name, is_well=False, said=f"nothing answers at {address}")
    pool = pooled.shape.get("connection_pool")
    pool = pool if isinstance(pool, dict) else {}
    used, size, beyond = (int(pool.get(key, 0)) for key in ("checked_out", "size", "overflow"))
    said = f"{used} of {size} connections in use, {beyond} beyond"
    if ready.status != HTTPStatus.OK:
        return Part(name, is_well=False, said=f"not ready: {ready.text[:200]}; {said}")
    return Part(name, is_well=not is_short(used, size, beyond, over_percent=MOST_PERCENT), said=f"ready; {said}")


def is_short(used: int, size: int, beyond: int, *, over_percent: float) -> bool:
    """Whether a pool of connections is nearly used up."""
    return 100 * used / max(1, size) > over_percent or beyond > MOST_BEYOND_POOL
