"""The units of systemd that this machine runs, and where each listens."""

import asyncio
import shutil
from collections.abc import Mapping
from typing import Final

from supportbot.common.errors import SupportbotError
from supportbot.standalone.settings import StandaloneSettings

PORTS: Final[Mapping[str, int]] = {
    "telegram-bot": 5001,
    "telegram-bot-web": 5000,
    "telegram-bot-all": 5000,
    "supportbot-gateway": 5001,
    "supportbot-answerer": 5002,
    "supportbot-indexer": 5003,
    "supportbot-admin-api": 5000,
}
_WITHIN_S: Final = 90.0


class SystemctlError(SupportbotError):
    """Systemd could not be asked, or did not do it."""


async def enabled_units() -> list[str]:
    """Those that are to run here; none where there is no systemd."""
    if shutil.which("systemctl") is None:
        return []
    return [name for name in PORTS if (await _systemctl("is-enabled", name))[0] == 0]


async def active_state(unit: str) -> str:
    """`active`, `failed`, …, in systemd's words."""
    return (await _systemctl("is-active", unit))[1] or "unknown"


async def restart_unit(unit: str) -> None:
    """Raises SystemctlError where it does not come back."""
    code, said = await _systemctl("restart", unit)
    if code:
        raise SystemctlError(f"{unit} could not be restarted: {said or code}. journalctl -u {unit} says why")


def address_of(unit: str, settings: StandaloneSettings) -> str:
    """Where a unit listens: its own port, unless it is the only process and WEB_PORT is set."""
    alone = unit == "telegram-bot-all" and "web_port" in settings.model_fields_set
    return f"http://127.0.0.1:{settings.web_port if alone else PORTS[unit]}"


async def _systemctl(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        "systemctl", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(_WITHIN_S):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return 1, f"systemctl took longer than {_WITHIN_S:.0f} s"
    return process.returncode or 0, said.decode(errors="replace").strip()
