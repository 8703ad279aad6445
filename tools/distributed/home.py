"""The folder in which servers of our own keep their data: gone with them, also when they were killed."""

import shutil
import tempfile
from pathlib import Path

from tools.distributed.layout import FOLDER

_NOTE = FOLDER / "servers"
_PREFIX = "supportbot-up-"


def make_home() -> Path:
    """A new folder, noted for `remove_home`. Servers with accounts of their own can pass through it, not look at it."""
    remove_home()
    home = Path(tempfile.mkdtemp(prefix=_PREFIX))
    home.chmod(0o711)
    _NOTE.write_text(str(home), encoding="utf-8")
    return home


def remove_home() -> None:
    """Remove what the last supervisor of this folder has left, if anything."""
    try:
        home = Path(_NOTE.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return
    if home.name.startswith(_PREFIX):
        shutil.rmtree(home, ignore_errors=True)
    _NOTE.unlink(missing_ok=True)
