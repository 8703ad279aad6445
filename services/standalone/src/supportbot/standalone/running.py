"""How a command finds the process that runs on the same data folder, and how that process knows a command."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from supportbot.common.settings import secret_in_folder

_ADDRESS = "running.json"
_KEY = "local_key"
KEY_HEADER = "X-Supportbot-Key"


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
        os.kill(int(note["pid"]), 0)
        return Running(int(note["pid"]), str(note["base_url"]), secret_in_folder(folder, _KEY))
    except (OSError, ValueError, KeyError, TypeError):
        return None
