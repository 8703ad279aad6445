"""A content on its way into a store: counted, hashed, and cut into pieces of one size."""

from collections.abc import AsyncIterator
from hashlib import sha256

from supportbot.common.files.port import CHUNK, FileDamagedError, FileTooLargeError, StoredFile


class Measured:
    """Passes a content on in pieces of `CHUNK` bytes, the last one shorter; afterwards knows what it was."""

    def __init__(self, content: AsyncIterator[bytes], limit: int) -> None:
        self._content = content
        self._limit = limit
        self._hash = sha256()
        self._size = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """The content; raises FileTooLargeError as soon as there is too much of it."""
        held = bytearray()
        async for given in self._content:
            self._size += len(given)
            if self._size > self._limit:
                raise FileTooLargeError(self._limit)
            self._hash.update(given)
            held += given
            while len(held) >= CHUNK:
                yield bytes(held[:CHUNK])
                del held[:CHUNK]
        if held:
            yield bytes(held)

    def stored(self) -> StoredFile:
        """What went through."""
        return StoredFile(self._hash.hexdigest(), self._size)


class Proof:
    """Holds what is read against the digest by which it was asked for."""

    def __init__(self, digest: str) -> None:
        self._digest = digest
        self._hash = sha256()

    def seen(self, piece: bytes) -> bytes:
        """Take note of a piece."""
        self._hash.update(piece)
        return piece

    def check(self) -> None:
        """At the end; raises FileDamagedError where it was another content."""
        if self._hash.hexdigest() != self._digest:
            raise FileDamagedError(self._digest)
