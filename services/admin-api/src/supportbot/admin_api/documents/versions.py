"""The versions of a document, as the API tells of them, and how one of them is brought back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.access.audit import Actor, note
from supportbot.admin_api.documents.examples import VERSIONS
from supportbot.common.database.documents import receive_upload
from supportbot.common.database.schema.tables import document_versions, documents
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import DocumentId

VersionState = Literal["serving", "waiting", "failed", "replaced"]
_v, _d = document_versions.c, documents.c


class UnknownVersionError(SupportbotError):
    """A version that is not there, or not kept any more."""


class DocumentVersion(BaseModel):
    """A content that a document had."""

    number: int = Field(description="Counted from 1")
    state: VersionState = Field(
        description="`serving`: answers are made from it. `waiting`: it is the newest and on its way. `failed`: "
        "nothing could be made of it. `replaced`: a newer one took its place"
    )
    version: str = Field(description="SHA-256 of the content")
    title: str
    size: int = Field(description="Bytes")
    passages: int
    restored: int | None = Field(description="Number of the version that it brought back")
    reason: str | None = Field(description="Why it failed")
    received_at: datetime
    indexed_at: datetime | None = Field(description="When it began to serve")


class DocumentVersions(BaseModel):
    """The versions that are kept, newest first; none for a document that was not uploaded."""

    model_config = ConfigDict(json_schema_extra={"examples": [VERSIONS]})

    items: list[DocumentVersion]


class VersionStore:
    """Reads versions, and brings one back."""

    def __init__(self, database: Database, kept: int) -> None:
        """`kept`: how many of a document are kept."""
        self._database = database
        self._kept = kept

    async def of(self, document_id: str) -> DocumentVersions:
        """The versions of a document, newest first."""
        mine = select(document_versions, _d.serving, _d.state).join(documents, _d.id == _v.document)
        wanted = mine.where(_v.document == document_id).order_by(_v.number.desc())

        async def work(connection: AsyncConnection) -> Sequence[Row[Any]]:
            return (await connection.execute(wanted)).all()

        rows = await self._database.read(work)
        newest = rows[0].number if rows else 0
        return DocumentVersions(items=[_version(row, newest) for row in rows])

    async def restore(self, document_id: str, number: int, actor: Actor) -> bool:
        """Have an earlier content indexed again, as the newest version. False where the newest has that very content.

        Raises:
            UnknownVersionError: there is none of that number.
        """
        mine = select(_v.digest, _v.size).where(_v.document == document_id, _v.number == number)
        # Whoever removes the document, or forgets old versions of it, holds its row.
        alive = select(_d.id).where(_d.id == document_id, _d.state != "removing").with_for_update()

        async def work(tx: Transaction) -> bool:
            there = (await tx.execute(alive)).one_or_none()
            row = (await tx.execute(mine)).one_or_none() if there else None
            if row is None:
                raise UnknownVersionError(f"{document_id} has no version {number}. Its versions are listed beside it")
            given = {"digest": row.digest, "size": row.size, "kept": self._kept, "restored": number}
            changed = await receive_upload(tx, DocumentId(document_id), **given)
            if changed:
                await note(tx, actor, "document_restored", document_id, {"number": number})
            return changed

        return await self._database.write(work)


def _version(row: Row[Any], newest: int) -> DocumentVersion:
    return DocumentVersion(
        number=row.number,
        state=_state(row, newest),
        version=row.digest,
        title=row.title,
        size=row.size,
        passages=row.passages,
        restored=row.restored,
        reason=row.error,
        received_at=row.received_at,
        indexed_at=row.indexed_at,
    )


def _state(row: Row[Any], newest: int) -> VersionState:
    if row.number == row.serving and row.state != "removing":
        return "serving"
    if row.number == newest and row.state == "waiting":
        return "waiting"
    return "failed" if row.error is not None else "replaced"
