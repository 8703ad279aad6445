"""The versions of an uploaded document: numbered contents, the newest of which are kept."""

from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from supportbot.common.database.clock import now
from supportbot.common.database.schema.tables import document_versions, documents
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import DocumentId

KEPT = 10
"""Versions of a document whose contents are kept, where nobody says otherwise."""
_v = document_versions.c


async def note_version(
    tx: Transaction, document: DocumentId, *, digest: str, size: int, kept: int, restored: int | None = None
) -> int:
    """Number a content that came in, and forget the oldest but for the one that serves.

    The document's row must have been written in this transaction: that keeps others out. Returns the number.
    """
    newest = select(func.coalesce(func.max(_v.number), 0)).where(_v.document == document)
    number: int = (await tx.execute(newest)).scalar_one() + 1
    row = {"document": document, "number": number, "digest": digest, "size": size, "restored": restored}
    await tx.execute(insert(document_versions).values(**row, received_at=now()))
    serving = select(documents.c.serving).where(documents.c.id == document).scalar_subquery()
    old = (_v.document == document) & (_v.number <= number - kept)
    await tx.execute(delete(document_versions).where(old, _v.number != func.coalesce(serving, 0)))
    return number


async def note_serving(tx: Transaction, document: DocumentId, digest: str, title: str, passages: int) -> None:
    """The newest version with this content is what answers are made from now; without effect where there is none."""
    number = (await tx.execute(_newest_of(document, digest))).scalar_one_or_none()
    if number is None:
        return
    found = {"title": title, "passages": passages, "error": None, "indexed_at": now()}
    this = (_v.document == document) & (_v.number == number)
    await tx.execute(update(document_versions).where(this).values(found))
    await tx.execute(update(documents).where(documents.c.id == document).values(serving=number))


async def note_unfit(tx: Transaction, document: DocumentId, digest: str, error: str) -> None:
    """Nothing can be made of the newest version with this content."""
    number = (await tx.execute(_newest_of(document, digest))).scalar_one_or_none()
    this = (_v.document == document) & (_v.number == number)
    await tx.execute(update(document_versions).where(this).values(error=error))


async def forget_versions(tx: Transaction, document: DocumentId) -> None:
    """The document is gone, and its contents are nobody's any more."""
    await tx.execute(delete(document_versions).where(_v.document == document))


def _newest_of(document: DocumentId, digest: str) -> Any:
    mine: ColumnElement[bool] = (_v.document == document) & (_v.digest == digest)
    return select(func.max(_v.number)).where(mine)
