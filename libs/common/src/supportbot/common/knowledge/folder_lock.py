"""One owner per folder: a lock that the system drops when its holder dies, however it dies."""

import fcntl
import os
from pathlib import Path
from typing import Final

from supportbot.common.errors import SupportbotError

_NAME: Final = "owner.lock"


class FolderInUseError(SupportbotError):
    """Another process holds the folder."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(
            f"The folder {folder} is in use by another process (pid {holder or 'unknown'}): "
            "stop that one first, or give this one a folder of its own"
        )
        self.folder = folder
        self.holder = holder


class FolderUnusableError(SupportbotError):
    """The folder cannot be made, or nothing can be written into it."""

    def __init__(self, folder: Path, cause: str) -> None:
        super().__init__(
            f"The folder {folder} cannot be used ({cause}): "
            "make it writable, make room on its disk, or choose another one"
        )
        self.folder = folder


class FolderLock:
    """Held from construction until `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; raises FolderInUseError where another has it, FolderUnusableError where nobody can."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # conversations are nobody else's business
            self._descriptor = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FolderUnusableError(folder, error.strerror or type(error).__name__) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise FolderInUseError(folder, holder) from None
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            os.close(self._descriptor)
            raise FolderUnusableError(folder, error.strerror or type(error).__name__) from error

    def release(self) -> None:
        """Let another take the folder."""
        os.close(self._descriptor)
