"""Which documents serve, in the table `documents`, and which of them have to be made again."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import after, now
from supportbot.common.database.document_access import access_of
from supportbot.common.database.document_passages import passages_of, serves
from supportbot.common.database.document_progress import not_begun
from supportbot.common.database.schema.tables import document_passages, documents
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.passages import Passage
from supportbot.indexer.adapters.work_list import IN_WORK, LEASE_S, something_to_do
from supportbot.indexer.domain.chunking import CHUNKER_VERSION
from supportbot.indexer.ports import IndexedCopy, ServingDocument

_c = documents.c
_VERSION = 64


class SqlServingDocuments:
    """ServingDocuments; what is held for a while is claimed as if somebody worked on it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def copies(self) -> dict[DocumentId, IndexedCopy]:
        """See ServingDocuments."""
        kept = document_passages.c
        columns = (_c.id, kept.version, _c.audience, _c.expires_at, _c.indexed_at)
        wanted = select(*columns).join(document_passages, kept.document == _c.id).where(serves())

        async def work(connection: AsyncConnection) -> list[Row[Any]]:
            return list(await connection.execute(wanted))

        rows = await self._database.read(work)
        return {DocumentId(row.id): IndexedCopy(row.version, access_of(row), row.indexed_at) for row in rows}

    async def hold(self, holder: UUID) -> int:
        """See ServingDocuments."""
        serves_something = and_(_c.indexed_version.is_not(None), _c.state != "retired")
        holding = update(documents).where(serves_something, or_(_free(), _c.token == holder))
        others = select(func.count()).where(serves_something, ~_free(), _c.token != holder)

        async def work(tx: Transaction) -> int:
            await tx.execute(holding.values(token=holder, due_at=after(LEASE_S)))
            count: int = (await tx.execute(others)).scalar_one()
            return count

        return await self._database.write(work)

    async def release(self, holder: UUID) -> None:
        """See ServingDocuments."""

        async def work(tx: Transaction) -> None:
            await tx.execute(update(documents).where(_c.token == holder).values(token=None, due_at=now()))

        await self._database.write(work)

    async def serving(self) -> dict[DocumentId, ServingDocument]:
        """See ServingDocuments."""
        wanted = select(_c.id, _c.indexed_version, _c.passages, _free().label("free"), _c.state).where(
            _c.state != "retired"
        )

        async def work(connection: AsyncConnection) -> list[Row[Any]]:
            return list(await connection.execute(wanted))

        return {DocumentId(row.id): _serving(row) for row in await self._database.read(work)}

    async def kept(self, document: DocumentId) -> tuple[str, list[Passage]] | None:
        """See ServingDocuments."""
        found = await self._database.read(lambda connection: passages_of(connection, document))
        return None if found is None else (found.version, await asyncio.to_thread(found.unpack))

    async def take_possession(self) -> None:
        """See ServingDocuments."""

        async def work(tx: Transaction) -> None:
            held = or_(something_to_do(), _c.token.is_not(None))
            await tx.execute(update(documents).where(held).values(token=None, due_at=now()))

        await self._database.write(work)

    async def reread_uploads(self) -> int:
        """See ServingDocuments; the rules by which an upload was cut stand where others note their file's dates."""
        c = documents.c
        outdated = and_(c.origin == "upload", c.state.in_(("ready", "failed")), c.fingerprint != CHUNKER_VERSION)
        again = {"state": "waiting", "version": c.location, "due_at": now(), "attempts": 0, **not_begun()}

        async def work(tx: Transaction) -> int:
            return (await tx.execute(update(documents).where(outdated).values(again))).rowcount

        return await self._database.write(work)

    async def reread_unkept(self) -> int:
        """See ServingDocuments."""
        kept = exists().where(document_passages.c.document == _c.id)
        again = {"state": "waiting", "due_at": now(), "attempts": 0, **not_begun()}
        unkept = and_(_c.state == "ready", _c.indexed_version.is_not(None), ~kept)

        async def work(tx: Transaction) -> int:
            return (await tx.execute(update(documents).where(unkept).values(again))).rowcount

        return await self._database.write(work)

    async def match(self, versions: Mapping[DocumentId, str]) -> list[DocumentId]:
        """See ServingDocuments; what somebody is at is left to them."""

        async def work(tx: Transaction) -> list[DocumentId]:
            rows = (await tx.execute(select(_c.id, _c.state, _c.indexed_version, _free().label("free")))).all()
            for row in rows:
                held = versions.get(DocumentId(row.id))
                if row.free and row.state not in ("retired", "removing") and row.indexed_version != held:
                    due = {
                        "indexed_version": held and held[:_VERSION],
                        "state": "waiting",
                        "token": None,
                        "due_at": now(),
                        "attempts": 0,
                        **not_begun(),
                    }
                    await tx.execute(update(documents).where(_c.id == row.id).values(due))
            expected = {row.id for row in rows if row.state != "retired"}
            return [document for document in versions if document not in expected]

        return await self._database.write(work)


def _free() -> ColumnElement[bool]:
    """Nobody is at it: no claim, or one whose worker has died."""
    return or_(_c.token.is_(None), _c.due_at <= now())


def _serving(row: Row[Any]) -> ServingDocument:
    busy = not row.free or row.state in IN_WORK
    return ServingDocument(DocumentId(row.id), row.indexed_version, row.passages, busy)
