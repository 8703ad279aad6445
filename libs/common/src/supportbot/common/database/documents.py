"""What is stored when a document is uploaded or to be removed; whoever indexes looks for it in the same table."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import ColumnElement, and_, case, or_, select, union, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import DocumentRemoved, DocumentUploaded
from supportbot.common.database.clock import now
from supportbot.common.database.document_progress import not_begun
from supportbot.common.database.document_versions import KEPT, note_version
from supportbot.common.database.schema.tables import document_versions, documents
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import DocumentId

_c = documents.c


def correlation_of(document: str) -> UUID:
    """The id that ties together all events about a document."""
    return uuid5(NAMESPACE_URL, f"document:{document}")


async def receive_upload(
    tx: Transaction, document: DocumentId, *, digest: str, size: int, kept: int = KEPT, restored: int | None = None
) -> bool:
    """Have a content indexed that is stored already; what is indexed of an older one serves until then.

    False where the document has this very content, indexed or waiting to be: then nothing changes. One that somebody
    is at keeps its claim, and is due again after it. So many versions are `kept`; `restored` is the number of the one
    that this brings back.
    """
    values = {
        "location": digest,
        "state": "waiting",
        "version": digest,
        "fingerprint": "",
        "size": size,
        "error": None,
        "attempts": 0,
    }
    moments = {**not_begun(), "received_at": now()}
    same = and_(_c.location == digest, _c.state.in_(("waiting", "ready")))
    row = {**values, **moments, "id": document, "origin": "upload", "due_at": now()}
    if not await put_document(tx, row, {**values, **moments, "due_at": due_after_claim()}, unless=same):
        return False
    await note_version(tx, document, digest=digest, size=size, kept=kept, restored=restored)
    await tx.emit(DocumentUploaded(correlation_id=correlation_of(document), document=document, document_version=digest))
    return True


async def put_document(
    tx: Transaction, row: Mapping[str, Any], changed: Mapping[str, Any], *, unless: ColumnElement[bool] | None = None
) -> bool:
    """Insert a row, or change the one with its id `unless` something holds of it. True where either was done.

    One statement, since in between two the row may go: then a document that has just been removed would stay so.
    """
    insert = postgresql.insert if tx.connection.dialect.name == "postgresql" else sqlite.insert
    where = None if unless is None else ~unless
    statement = insert(documents).values(dict(row))
    upsert = statement.on_conflict_do_update(index_elements=[_c.id], set_=dict(changed), where=where)
    return (await tx.execute(upsert)).rowcount == 1


def due_after_claim() -> ColumnElement[Any]:
    """Now, or where somebody is at the document: when they have ended."""
    return case((_c.token.is_(None), now()), else_=_c.due_at)


async def retry_document(tx: Transaction, document: DocumentId) -> bool:
    """Have what failed, or waits before its next attempt, tried again now. False where there is nothing to try."""
    failed_or_paused = or_(_c.state == "failed", and_(_c.state == "waiting", _c.token.is_(None)))
    again = {"state": "waiting", "attempts": 0, "error": None, "due_at": now(), "updated_at": now()}
    statement = update(documents).where(_c.id == document, failed_or_paused).values(again).returning(_c.version)
    row = (await tx.execute(statement)).one_or_none()
    if row is None:
        return False
    told = {"correlation_id": correlation_of(document), "document": document, "document_version": row.version}
    await tx.emit(DocumentUploaded(**told))
    return True


async def begin_removal(tx: Transaction, document: DocumentId) -> None:
    """Have a document disappear. Whoever is at it ends first, so that nothing of it comes back."""
    moments = {"due_at": due_after_claim(), "updated_at": now()}
    values = {"state": "removing", "attempts": 0, "fingerprint": "", **moments}
    await tx.execute(update(documents).where(_c.id == document).values(values))
    await tx.emit(DocumentRemoved(correlation_id=correlation_of(document), document=document))


async def contents_in_use(connection: AsyncConnection, digests: Sequence[str]) -> set[str]:
    """Which of these contents an uploaded document has, or can go back to."""
    newest = select(_c.location).where(_c.origin == "upload", _c.location.in_(digests))
    kept = select(document_versions.c.digest).where(document_versions.c.digest.in_(digests))
    return set((await connection.execute(union(newest, kept))).scalars())
