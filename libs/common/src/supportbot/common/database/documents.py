"""What is stored when a document is uploaded or to be removed; whoever indexes looks for it in the same table."""

from collections.abc import Sequence
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import and_, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import DocumentRemoved, DocumentUploaded
from supportbot.common.database.clock import now
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.tables import documents
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import DocumentId

UPLOADS: Final = "~uploads/"
"""Begins the ids of uploaded documents. No file in the documents folder can have such an id: `~…` is passed over."""
_c = documents.c
_MOMENTS: Final = ("due_at", "updated_at", "received_at")


def correlation_of(document: str) -> UUID:
    """The id that ties together all events about a document."""
    return uuid5(NAMESPACE_URL, f"document:{document}")


async def receive_upload(tx: Transaction, document: DocumentId, *, digest: str, size: int) -> bool:
    """Have a content indexed that is stored already; what is indexed of an older one serves until then.

    False where the document has this very content, indexed or waiting to be: then nothing changes. One that somebody
    is at keeps its claim, and is due again after it.
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
    row = {**values, "id": document, "origin": "upload"}
    if not await insert_if_absent(tx, documents, row, moments=_MOMENTS):
        due = case((_c.token.is_(None), now()), else_=_c.due_at)
        same = and_(_c.location == digest, _c.state.in_(("waiting", "ready")))
        changed = {**values, "due_at": due, "updated_at": now(), "received_at": now()}
        if not (await tx.execute(update(documents).where(_c.id == document, ~same).values(changed))).rowcount:
            return False
    await tx.emit(DocumentUploaded(correlation_id=correlation_of(document), document=document, document_version=digest))
    return True


async def begin_removal(tx: Transaction, document: DocumentId) -> None:
    """Have a document disappear. Whoever is at it ends first, so that nothing of it comes back."""
    due = case((_c.token.is_(None), now()), else_=_c.due_at)
    values = {"state": "removing", "due_at": due, "attempts": 0, "fingerprint": "", "updated_at": now()}
    await tx.execute(update(documents).where(_c.id == document).values(values))
    await tx.emit(DocumentRemoved(correlation_id=correlation_of(document), document=document))


async def contents_in_use(connection: AsyncConnection, digests: Sequence[str]) -> set[str]:
    """Which of these contents an uploaded document has."""
    used = select(_c.location).where(_c.origin == "upload", _c.location.in_(digests))
    return set((await connection.execute(used)).scalars())
