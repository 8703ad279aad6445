"""Tells after a power cut that files were being written whose last changes had not been brought to the disk."""

import ctypes
import fcntl
import os
import sys
from pathlib import Path
from typing import Final

_LINUX: Final = Path("/proc/sys/kernel/random/boot_id")
_MACOS: Final = b"kern.bootsessionuuid"


class FlushMarker:
    """A file that is there while a folder holds changes which only the system's cache may have.

    The cache outlives a process that is killed, but no power cut: so the file names the boot of the system, and one
    that names another boot means that anything in the folder may be torn.
    """

    def __init__(self, file: Path, boot: str) -> None:
        """`boot`: see `current_boot`; where it is empty, every marker that is found counts as another boot's."""
        self._file = file
        self._boot = boot
        self.is_set = file.exists()
        self.of_another_boot = self.is_set and not (boot and file.read_bytes() == boot.encode())
        """Whether changes of an earlier boot were never brought to the disk."""

    def set(self) -> None:
        """Before the first change: on the disk when this returns, so that no change can be there without it."""
        if self.is_set and not self.of_another_boot:
            return
        with self._file.open("wb") as opened:
            opened.write(self._boot.encode())
            opened.flush()
            _to_disk(opened.fileno())
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            _to_disk(folder)
        finally:
            os.close(folder)
        self.is_set, self.of_another_boot = True, False

    def clear(self) -> None:
        """After everything was brought to the disk. Should a power cut undo this, the folder is only made again."""
        self._file.unlink(missing_ok=True)
        self.is_set = False


def current_boot() -> str:
    """What is the same until the system starts anew; empty where the system does not tell."""
    try:
        return _LINUX.read_text("ascii").strip()
    except OSError:
        return _macos_boot()


def _macos_boot() -> str:
    found = ctypes.create_string_buffer(64)
    size = ctypes.c_size_t(len(found))
    try:
        failed = ctypes.CDLL(None).sysctlbyname(_MACOS, found, ctypes.byref(size), None, ctypes.c_size_t(0))
    except (AttributeError, OSError):
        return ""
    return "" if failed else found.value.decode("ascii", "replace")


def _to_disk(descriptor: int) -> None:
    if sys.platform == "darwin":
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync alone leaves it in the drive's own cache there
    else:
        os.fsync(descriptor)
