"""The memory of which documents there are, in the table `documents`."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Row, Select, and_, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import DocumentFailed, DocumentUploaded
from supportbot.common.database.clock import now
from supportbot.common.database.document_progress import STAGES, not_begun
from supportbot.common.database.documents import begin_removal, correlation_of, due_after_claim, put_document
from supportbot.common.database.schema.tables import documents
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import DocumentId
from supportbot.indexer.domain.documents import (
    SAMPLE_PREFIX,
    FoundFile,
    KnowledgeStatus,
    KnownDocument,
    Origin,
    StoredOutcome,
)

_c = documents.c
_KNOWN = (_c.id, _c.origin, _c.state, _c.version, _c.indexed_version, _c.fingerprint, _c.location)
_BATCH = 500


class SqlDocumentRegister:
    """DocumentRegister."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, *origins: Origin) -> dict[DocumentId, KnownDocument]:
        """See DocumentRegister."""

        async def work(connection: AsyncConnection) -> Any:
            return (await connection.execute(select(*_KNOWN).where(_c.origin.in_(origins)))).all()

        rows = await self._database.read(work)
        return {DocumentId(row.id): KnownDocument(*row) for row in rows}

    async def note_changed(self, files: Sequence[tuple[FoundFile, str]], origin: Origin) -> None:
        """See DocumentRegister; a document that somebody is at keeps its claim, and is due again after it."""

        async def work(tx: Transaction) -> None:
            for file, version in files:
                await self._upsert(tx, file, version, origin)
                await tx.emit(
                    DocumentUploaded(
                        correlation_id=correlation_of(file.document), document=file.document, document_version=version
                    )
                )

        await self._database.write(work)

    async def note_seen(self, fingerprints: Mapping[DocumentId, str]) -> None:
        """See DocumentRegister."""

        async def work(tx: Transaction) -> None:
            for document, fingerprint in fingerprints.items():
                await tx.execute(update(documents).where(_c.id == document).values(fingerprint=fingerprint))

        await self._database.write(work, lane="relaxed")

    async def note_unreadable(self, file: FoundFile, origin: Origin, error: str) -> None:
        """See DocumentRegister."""

        async def work(tx: Transaction) -> None:
            await self._upsert(tx, file, "", origin)
            failed = {"state": "failed", "error": error, "fingerprint": ""}
            await tx.execute(update(documents).where(_c.id == file.document).values(failed))
            await tx.emit(
                DocumentFailed(
                    correlation_id=correlation_of(file.document),
                    document=file.document,
                    document_version="",
                    error=error,
                )
            )

        await self._database.write(work)

    async def note_given(self, document: DocumentId, source: Path) -> None:
        """See DocumentRegister."""

        async def work(tx: Transaction) -> None:
            given = {"origin": "given", "given_from": str(source)}
            await tx.execute(update(documents).where(_c.id == document).values(given))

        await self._database.write(work)

    async def given_from(self, document: DocumentId) -> str | None:
        """See DocumentRegister."""

        async def work(connection: AsyncConnection) -> str | None:
            row = await connection.execute(select(_c.given_from).where(_c.id == document))
            return cast("str | None", row.scalar_one_or_none())

        return await self._database.read(work)

    async def begin_removal(self, removed: Sequence[DocumentId]) -> None:
        """See DocumentRegister."""

        async def work(tx: Transaction) -> None:
            for document in removed:
                await begin_removal(tx, document)

        await self._database.write(work)

    async def note_sample_over(self) -> None:
        """See DocumentRegister; one row that stands for the whole sample remembers it."""

        async def work(tx: Transaction) -> None:
            marker = {"id": SAMPLE_PREFIX, "origin": "sample", "location": "", "state": "retired", "version": ""}
            await insert_if_absent(tx, documents, {**marker, "due_at": now(), "updated_at": now()})

        await self._database.write(work)

    async def outcomes(self, wanted: Sequence[DocumentId]) -> dict[DocumentId, StoredOutcome]:
        """See DocumentRegister."""

        async def work(connection: AsyncConnection) -> list[Row[Any]]:
            rows: list[Row[Any]] = []
            wanted_columns = (_c.id, _c.state, _c.passages, _c.error, _c.warning)
            for start in range(0, len(wanted), _BATCH):
                some = _c.id.in_(wanted[start : start + _BATCH])
                rows += await connection.execute(select(*wanted_columns).where(some))
            return rows

        rows = await self._database.read(work)
        return {
            DocumentId(row.id): StoredOutcome(row.state, row.passages, row.error or "", row.warning or "")
            for row in rows
        }

    async def status(self) -> KnowledgeStatus:
        """See DocumentRegister."""

        async def work(connection: AsyncConnection) -> Any:
            return (await connection.execute(_status())).one()

        ready, waiting, failed, passages, sample = await self._database.read(work)
        return KnowledgeStatus(ready, waiting, failed, passages, sample=bool(sample))

    async def stages(self) -> dict[str, int]:
        """See DocumentRegister."""
        at = case((_c.state == "ready", "live"), (_c.state == "failed", "failed"), else_=_c.stage).label("at")
        counted = select(at, func.count().label("number")).where(_c.state.not_in(("retired", "removing"))).group_by(at)

        async def work(connection: AsyncConnection) -> dict[str, int]:
            return {row.at: row.number for row in await connection.execute(counted)}

        return {**dict.fromkeys((*STAGES, "failed"), 0), **await self._database.read(work)}

    @staticmethod
    async def _upsert(tx: Transaction, file: FoundFile, version: str, origin: Origin) -> None:
        values = {
            "id": file.document,
            "location": str(file.path),
            "state": "waiting",
            "version": version,
            "fingerprint": file.fingerprint,
            "size": file.size,
            "error": None,
            "attempts": 0,
            **not_begun(),
        }
        own = case((_c.origin == "given", "given"), else_=origin)
        row = {**values, "origin": origin, "due_at": now()}
        changed = {**values, "origin": own, "due_at": due_after_claim()}
        await put_document(tx, row, changed)


@cache
def _status() -> Select[Any]:
    def count(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    serves = and_(_c.indexed_version.is_not(None), _c.state != "removing")
    return select(
        count(or_(_c.state == "ready", (_c.state == "failed") & serves)),
        count(_c.state == "waiting"),
        count(_c.state == "failed"),
        func.coalesce(func.sum(case((serves, _c.passages), else_=0)), 0),
        count((_c.origin == "sample") & serves),
    )
