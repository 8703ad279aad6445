"""Where the contents of uploaded documents are: named by their hash, whole or not there at all."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from supportbot.common.errors import SupportbotError

CHUNK = 256 * 1024
"""Bytes that are held in memory at a time, and stored in one row where contents are kept in rows."""
Needed = Callable[[Sequence[str]], Awaitable[AbstractSet[str]]]
"""Which of these digests something still refers to."""


class FileTooLargeError(SupportbotError):
    """A content has more bytes than it may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than the {limit:,} bytes that UPLOAD_LIMIT allows")
        self.limit = limit


class FileMissingError(SupportbotError):
    """A content that is not there, or not any more."""

    def __init__(self, digest: str) -> None:
        super().__init__(f"The content {digest} is not stored; upload the document again")
        self.digest = digest


class FileDamagedError(SupportbotError):
    """A content that is not what was stored."""

    def __init__(self, digest: str) -> None:
        super().__init__(f"The content {digest} is damaged where it is stored; upload the document again")
        self.digest = digest


class FilesUnavailableError(SupportbotError):
    """Contents cannot be stored or read now; nothing is wrong with them."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A content that is stored as a whole, and will be there after a power cut."""

    digest: str
    """SHA-256 of the content, as 64 hexadecimal digits: its name."""
    size: int


class Files(Protocol):
    """Contents by their digests. Memory stays flat, however large a content is."""

    async def put(self, content: AsyncIterator[bytes], *, limit: int) -> StoredFile:
        """Store a content. One that breaks off, or raises, leaves nothing that could be seen.

        The same content stored again is one content, which counts as stored now.

        Raises:
            FileTooLargeError: it has more than `limit` bytes; no more than a chunk beyond them was taken.
            FilesUnavailableError, DatabaseUnavailableError: it cannot be stored now.
        """
        ...

    def read(self, digest: str) -> AsyncIterator[bytes]:
        """A content, piece by piece.

        Raises:
            FileMissingError: it is not there; while it is read: it was removed meanwhile.
            FileDamagedError: at its end, it turns out not to be what was stored.
            FilesUnavailableError, DatabaseUnavailableError: it cannot be read now.
        """
        ...

    async def sweep(self, older_than_s: float, needed: Needed) -> int:
        """Remove contents that nothing refers to, and what uploads left behind that broke off with their process.

        Only what was stored longer than `older_than_s` ago: what refers to it may be about to be stored. Returns how
        many contents that were.
        """
        ...
