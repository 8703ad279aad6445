"""How a command finds the process that runs on the same data folder, and how that process knows a command."""

import asyncio
import json
import os
import shlex
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values

from supportbot.common.errors import SupportbotError
from supportbot.common.knowledge.folder_lock import FolderInUseError, FolderLock
from supportbot.common.settings import secret_in_folder

if TYPE_CHECKING:
    import aiohttp

_ADDRESS = "running.json"
_KEY = "local_key"
_STARTING_S = 10.0
"""So long a process may take from its folder's lock to its first open port."""
_LOOK_AGAIN_S = 0.2
SERVICES_NOTE = "running.env"
"""Where separate services run on a data folder: the settings by which their servers are reached, for its owner."""
KEY_HEADER = "X-Supportbot-Key"


class RunningProcessError(SupportbotError):
    """The process on the data folder did not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process on the data folder and the key that opens its local routes."""

    pid: int
    base_url: str
    key: str


def announce(folder: Path, base_url: str) -> Running:
    """Note in the data folder where this process listens. The key stays between runs, readable by its owner only."""
    running = Running(os.getpid(), base_url, secret_in_folder(folder, _KEY))
    note = {name: value for name, value in asdict(running).items() if name != "key"}
    beside = folder / f"{_ADDRESS}.new"
    beside.write_text(json.dumps(note), encoding="utf-8")
    beside.replace(folder / _ADDRESS)
    return running


def withdraw(folder: Path) -> None:
    """Take the note away when the process ends."""
    (folder / _ADDRESS).unlink(missing_ok=True)


def find(folder: Path) -> Running | None:
    """The process that runs on a data folder; None where none does."""
    try:
        note = json.loads((folder / _ADDRESS).read_text(encoding="utf-8"))
        running = Running(int(note["pid"]), str(note["base_url"]), secret_in_folder(folder, _KEY))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return running if _is_held(folder) else None


async def find_soon(folder: Path) -> Running | None:
    """The same; where one has the folder and is just starting, once it listens."""
    give_up = time.monotonic() + _STARTING_S
    while (running := find(folder)) is None and time.monotonic() < give_up:
        if not _is_held(folder) or find_services(folder) is not None:
            return None
        await asyncio.sleep(_LOOK_AGAIN_S)
    return running


def announce_services(folder: Path, settings: Mapping[str, str]) -> None:
    """Note how the servers of separate services are reached; whoever does so holds the data folder's lock.

    The file can be sourced by a shell.
    """
    path = folder / SERVICES_NOTE
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name}={shlex.quote(value)}\n" for name, value in settings.items())


def withdraw_services(folder: Path) -> None:
    """Take the note away when they end."""
    (folder / SERVICES_NOTE).unlink(missing_ok=True)


def find_services(folder: Path) -> dict[str, str] | None:
    """The settings of separate services that run on a data folder; None where none do."""
    path = folder / SERVICES_NOTE
    if not path.exists() or not _is_held(folder):
        return None
    return {name: value for name, value in dotenv_values(path, interpolate=False).items() if value}


def _is_held(folder: Path) -> bool:
    """Whether a process has the data folder: the lock tells, as a number in a note may be another process's by now."""
    try:
        FolderLock(folder).release()
    except FolderInUseError:
        return True
    return False


async def post(running: Running, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Ask the running process; raises RunningProcessError where it does not answer."""
    async for line in open_stream(running, path, body):
        answer: dict[str, Any] = json.loads(line)
        return answer
    raise RunningProcessError(f"The running process (pid {running.pid}) said nothing; its log says why")


async def open_stream(running: Running, path: str, body: dict[str, Any]) -> AsyncIterator[bytes]:
    """Lines of the running process's answer; raises RunningProcessError where there is none."""
    import aiohttp

    # A proxy from the environment has no business between two processes of one machine.
    async with aiohttp.ClientSession(trust_env=False, timeout=_timeout()) as session:
        try:
            async with session.post(running.base_url + path, json=body, headers={KEY_HEADER: running.key}) as answer:
                if answer.status != 200:  # noqa: PLR2004  # HTTP's own number
                    raise RunningProcessError(
                        f"The running process (pid {running.pid}) answered {answer.status}; its log says why"
                    )
                async for line in answer.content:
                    yield line
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RunningProcessError(
                f"The running process (pid {running.pid}) is silent at {running.base_url} ({type(error).__name__})"
            ) from error


def _timeout() -> "aiohttp.ClientTimeout":
    import aiohttp

    return aiohttp.ClientTimeout(total=None, connect=5, sock_read=60)
