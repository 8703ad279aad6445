"""What a reading process gives up before it looks at a document: the network, and most of what a process may take."""

import ctypes
import os
import resource
import sys
from typing import Final

MEMORY: Final = 2 * 1024**3
FILE_SIZE: Final = 256 * 1024**2
OPEN_FILES: Final = 256
_NICE: Final = 10
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000


def give_up_the_network() -> bool:
    """Move into a namespace in which there is no network. False where the system does not permit that.

    It has to be called while the process has one thread.
    """
    if not sys.platform.startswith("linux"):
        return False
    return _unshared(_CLONE_NEWUSER | _CLONE_NEWNET) or _unshared(_CLONE_NEWNET)


def accept_limits(seconds: int) -> None:
    """Bound the process in processor time, memory, and the size and number of files; let the answers go first."""
    os.nice(_NICE)
    _limit(resource.RLIMIT_CPU, seconds)
    _limit(resource.RLIMIT_AS, MEMORY)
    _limit(resource.RLIMIT_FSIZE, FILE_SIZE)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(what: int, amount: int) -> None:
    try:
        _, most = resource.getrlimit(what)
        amount = amount if most == resource.RLIM_INFINITY else min(amount, most)
        resource.setrlimit(what, (amount, amount))
    except (OSError, ValueError):
        return  # macOS refuses some of them; the parent's limit on time still holds


def _unshared(flags: int) -> bool:
    if sys.version_info >= (3, 12):
        try:
            os.unshare(flags)
        except OSError:
            return False
        return True
    try:
        library = ctypes.CDLL(None, use_errno=True)
        return int(library.unshare(flags)) == 0
    except (OSError, AttributeError):
        return False
