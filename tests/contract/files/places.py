"""A look behind the port: what lies where contents are kept, and how long it has been there."""

import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import after
from supportbot.common.database.schema.tables import file_chunks, files
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.files.port import Files
from tests.fakes.files import FilesInMemory


class Place(Protocol):
    """Where contents are kept."""

    @property
    def files(self) -> Files:
        """The port."""
        ...

    async def pieces(self) -> int:
        """How many things lie there, whether they can be seen through the port or not."""
        ...

    async def age(self, seconds: float) -> None:
        """Let everything that lies there be so much older."""
        ...

    async def damage(self, digest: str) -> None:
        """Change a content where it lies."""
        ...


@dataclass
class FolderPlace:
    """A folder."""

    files: Files
    folder: Path

    async def pieces(self) -> int:
        return len(self._paths())

    async def age(self, seconds: float) -> None:
        for path in self._paths():
            os.utime(path, (time.time() - seconds,) * 2)

    async def damage(self, digest: str) -> None:
        (path,) = (path for path in self._paths() if path.name == digest)
        path.write_bytes(b"damaged")

    def _paths(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file() and path.name != ".lock"]


@dataclass
class MemoryPlace:
    """The fake that stands in for a place in other tests."""

    files: FilesInMemory

    async def pieces(self) -> int:
        return len(self.files.contents)

    async def age(self, seconds: float) -> None:
        for digest in self.files.stored_at:
            self.files.stored_at[digest] -= seconds

    async def damage(self, digest: str) -> None:
        self.files.contents[digest] = b"damaged"


@dataclass
class PostgresPlace:
    """Rows of PostgreSQL."""

    files: Files
    database: Database

    async def pieces(self) -> int:
        async def work(connection: AsyncConnection) -> int:
            return int((await connection.execute(select(func.count()).select_from(file_chunks))).scalar_one())

        return await self.database.read(work)

    async def age(self, seconds: float) -> None:
        async def work(tx: Transaction) -> None:
            await tx.execute(update(files).values(stored_at=after(-seconds)))
            await tx.execute(update(file_chunks).values(stored_at=after(-seconds)))

        await self.database.write(work)

    async def damage(self, digest: str) -> None:
        upload = select(files.c.upload).where(files.c.digest == digest).scalar_subquery()

        async def work(tx: Transaction) -> None:
            await tx.execute(update(file_chunks).where(file_chunks.c.upload == upload).values(body=b"damaged"))
            await tx.execute(update(files).where(files.c.digest == digest).values(size=len(b"damaged")))

        await self.database.write(work)


async def pieces_of(content: bytes, size: int = 50_000) -> AsyncIterator[bytes]:
    """A content as a connection would bring it."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def whole(files: Files, digest: str) -> bytes:
    """A content at once."""
    return b"".join([piece async for piece in files.read(digest)])
