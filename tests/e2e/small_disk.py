"""A disk small enough to be filled, mounted for one test."""

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_BLOCK = b"\0" * 4096


class SmallDisk:
    """A file system in memory of a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave not one block free."""
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while True:
                file.write(_BLOCK)

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink(missing_ok=True)

    def is_full(self) -> bool:
        """Whether a block more finds no room."""
        try:
            (self.folder / "probe").write_bytes(_BLOCK)
        except OSError as error:
            return error.errno == errno.ENOSPC
        finally:
            (self.folder / "probe").unlink(missing_ok=True)
        return False


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount it; the test is skipped where that is not allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", os.fspath(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False) if os.geteuid() == 0 else None
    if mounted is None or mounted.returncode != 0:
        pytest.skip("a full disk can be tried only where a small one may be mounted (root on Linux)")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", os.fspath(folder)], check=True)
