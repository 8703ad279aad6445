"""Contents in rows of at most 256 KB, for processes on several machines: the database that they share has them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import now, statement_start
from supportbot.common.database.schema.tables import file_chunks, files
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.files.port import FileMissingError, Needed, StoredFile
from supportbot.common.files.slicing import Measured, Proof

_f, _k = files.c, file_chunks.c
_BATCH: Final = 200


class PostgresFiles:
    """Files. Chunks belong to an upload; the row that names the upload by its digest is what makes them a content."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, content: AsyncIterator[bytes], *, limit: int) -> StoredFile:
        """See Files. No transaction is open while the content arrives."""
        measured, upload, kept = Measured(content, limit), uuid4(), False
        try:
            number = 0
            async for piece in measured.pieces():
                await self._store(upload, number, piece)
                number += 1
            stored = measured.stored()
            kept = await self._name(stored, upload)
        finally:
            if not kept:
                with suppress(DatabaseUnavailableError):  # the sweep removes them then
                    await self._drop(upload)
        return stored

    async def read(self, digest: str) -> AsyncIterator[bytes]:
        """See Files."""
        named = select(_f.upload, _f.size).where(_f.digest == digest)

        async def find(connection: AsyncConnection) -> Any:
            return (await connection.execute(named)).one_or_none()

        found = await self._database.read(find)
        if found is None:
            raise FileMissingError(digest)
        proof, left, number = Proof(digest), int(found.size), 0
        while left > 0:
            piece = await self._chunk(found.upload, number)
            if piece is None:
                raise FileMissingError(digest)
            yield proof.seen(piece)
            left -= len(piece)
            number += 1
        proof.check()

    async def sweep(self, older_than_s: float, needed: Needed) -> int:
        """See Files."""

        async def look(connection: AsyncConnection) -> list[str]:
            old = select(_f.digest).where(_f.stored_at < statement_start(-older_than_s))
            return list((await connection.execute(old)).scalars())

        old = await self._database.read(look)
        removed = 0
        for start in range(0, len(old), _BATCH):
            wanted = await needed(old[start : start + _BATCH])
            removed += await self._remove(
                [one for one in old[start : start + _BATCH] if one not in wanted], older_than_s
            )
        await self._drop_forgotten(older_than_s)
        return removed

    async def _store(self, upload: UUID, number: int, piece: bytes) -> None:
        row = {"upload": upload, "number": number, "body": piece, "stored_at": now()}

        async def work(tx: Transaction) -> None:
            await tx.execute(insert(file_chunks).values(row))

        await self._database.write(work, lane="relaxed")  # the row in `files` follows, and waits for the disk

    async def _name(self, stored: StoredFile, upload: UUID) -> bool:
        """Make it visible. False where the same content was there already; then it counts as stored now."""
        row = {"digest": stored.digest, "size": stored.size, "upload": upload, "stored_at": now()}
        statement = insert_or(files).values(row)
        again = statement.on_conflict_do_update(index_elements=[_f.digest], set_={"stored_at": now()})

        async def work(tx: Transaction) -> bool:
            return bool((await tx.execute(again.returning(_f.upload))).scalar_one() == upload)

        return await self._database.write(work)

    async def _chunk(self, upload: UUID, number: int) -> bytes | None:
        async def work(connection: AsyncConnection) -> bytes | None:
            body = select(_k.body).where(_k.upload == upload, _k.number == number)
            return (await connection.execute(body)).scalar_one_or_none()

        return await self._database.read(work)

    async def _drop(self, upload: UUID) -> None:
        async def work(tx: Transaction) -> None:
            await tx.execute(delete(file_chunks).where(_k.upload == upload))

        await self._database.write(work, lane="relaxed")

    async def _remove(self, digests: Sequence[str], older_than_s: float) -> int:
        """One that was stored again meanwhile is kept: its row is looked at once more when it is locked."""

        async def work(tx: Transaction) -> int:
            old = delete(files).where(_f.digest.in_(digests), _f.stored_at < statement_start(-older_than_s))
            uploads = list((await tx.execute(old.returning(_f.upload))).scalars())
            await tx.execute(delete(file_chunks).where(_k.upload.in_(uploads)))
            return len(uploads)

        return await self._database.write(work) if digests else 0

    async def _drop_forgotten(self, older_than_s: float) -> None:
        """Chunks of uploads that never became a content, as their process died."""
        named = select(_f.upload)
        newest = select(_k.upload).group_by(_k.upload).having(func.max(_k.stored_at) < statement_start(-older_than_s))

        async def work(tx: Transaction) -> None:
            await tx.execute(delete(file_chunks).where(_k.upload.in_(newest), _k.upload.not_in(named)))

        await self._database.write(work, lane="relaxed")
