"""Contents of documents in memory; it passes the contract suite of the port."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from supportbot.common.files.port import FileMissingError, FilesUnavailableError, Needed, StoredFile
from supportbot.common.files.slicing import Measured, Proof


@dataclass
class FilesInMemory:
    """Files. `away` lets every call fail as a full disk would."""

    contents: dict[str, bytes] = field(default_factory=dict)
    stored_at: dict[str, float] = field(default_factory=dict)
    away: bool = False

    async def put(self, content: AsyncIterator[bytes], *, limit: int) -> StoredFile:
        self._check()
        measured = Measured(content, limit)
        whole = b"".join([piece async for piece in measured.pieces()])
        stored = measured.stored()
        self.contents[stored.digest] = whole
        self.stored_at[stored.digest] = time.time()
        return stored

    async def read(self, digest: str) -> AsyncIterator[bytes]:
        self._check()
        if digest not in self.contents:
            raise FileMissingError(digest)
        proof = Proof(digest)
        async for piece in Measured(_once(self.contents[digest]), len(self.contents[digest])).pieces():
            yield proof.seen(piece)
        proof.check()

    async def sweep(self, older_than_s: float, needed: Needed) -> int:
        self._check()
        before = time.time() - older_than_s
        old = [digest for digest, moment in self.stored_at.items() if moment < before]
        wanted = await needed(old)
        gone = [digest for digest in old if digest not in wanted and self.stored_at[digest] < before]
        for digest in gone:
            del self.contents[digest], self.stored_at[digest]
        return len(gone)

    def _check(self) -> None:
        if self.away:
            raise FilesUnavailableError("There is no room")


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
