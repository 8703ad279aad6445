"""What programs do to documents. A content is stored first; the document and its event then in one transaction."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from supportbot.admin_api.access.audit import Actor, note
from supportbot.admin_api.documents.names import checked_name
from supportbot.common.database.document_access import Wanted, change_access
from supportbot.common.database.document_versions import KEPT
from supportbot.common.database.documents import begin_removal, receive_upload, retry_document
from supportbot.common.database.schema.tables import documents
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.database.updates import DuplicateUpdateError, remember_update
from supportbot.common.digests import digest_of
from supportbot.common.errors import SupportbotError
from supportbot.common.files.kinds import UPLOADS
from supportbot.common.files.port import Files, StoredFile
from supportbot.common.ids import DocumentId

UPLOAD_WITHIN_S = 900.0
"""Nobody may hold an upload open for ever; well before the sweep could take an unfinished one for a dead one."""
SWEEP_EVERY_S = 600.0
UNUSED_FOR_S = 3600.0
"""A content is stored some moments before the document that refers to it; after so long none will."""


class EmptyDocumentError(SupportbotError):
    """A document without a single byte."""


class UploadTooSlowError(SupportbotError):
    """A document that did not arrive in time."""


class UnknownDocumentError(SupportbotError):
    """There is no such document."""


class NotAnUploadError(SupportbotError):
    """A document that lies in a folder, and is removed there."""


class ReusedKeyError(SupportbotError):
    """An idempotency key that came with another name or content before."""


@dataclass(frozen=True, slots=True)
class OnceKey:
    """What makes an upload that is repeated the same upload."""

    owner: UUID
    """Of the API key by which it came: clients do not know of each other's."""
    key: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of an upload."""

    document: DocumentId
    is_new: bool
    """False where the document had this very content before."""


class DocumentService:
    """Takes documents in and has them removed; the indexer does the rest."""

    def __init__(
        self,
        database: Database,
        files: Files,
        upload_limit: int,
        *,
        kept: int = KEPT,
        within_s: float = UPLOAD_WITHIN_S,
    ) -> None:
        """`kept`: versions of a document whose contents stay."""
        self._database = database
        self._files = files
        self.upload_limit = upload_limit
        self._kept = kept
        self._within_s = within_s

    async def upload(
        self,
        name: str,
        content: AsyncIterator[bytes],
        actor: Actor,
        once: OnceKey | None = None,
        access: Mapping[str, Any] | None = None,
    ) -> Uploaded:
        """Take a document in, or a new version of the one with this name; `access` is set with it.

        Raises:
            InvalidNameError, UnknownKindError, EmptyDocumentError, FileTooLargeError: it cannot be one.
            UploadTooSlowError: it took too long to arrive.
            ReusedKeyError: `once` was used for something else.
        """
        document = DocumentId(UPLOADS + checked_name(name))
        stored = await self._stored(content)

        async def work(tx: Transaction) -> bool:
            if once is not None:
                await remember_update(
                    tx, f"upload:{once.owner}", digest_of(once.key), digest_of(f"{document}\n{stored.digest}")
                )
            new = await receive_upload(tx, document, digest=stored.digest, size=stored.size, kept=self._kept)
            if access:
                await change_access(tx, document, Wanted(access))
            if new:
                await note(tx, actor, "document_uploaded", document, {"bytes": stored.size})
            return new

        try:
            return Uploaded(document, await self._database.write(work))
        except DuplicateUpdateError as error:
            if not error.same_body:
                raise ReusedKeyError("The idempotency key was used for another upload") from error
            return Uploaded(document, is_new=True)

    async def _stored(self, content: AsyncIterator[bytes]) -> StoredFile:
        try:
            async with asyncio.timeout(self._within_s):
                return await self._files.put(_not_empty(content), limit=self.upload_limit)
        except TimeoutError as error:
            raise UploadTooSlowError(f"The document did not arrive within {self._within_s:.0f} s") from error

    async def retry(self, document_id: str, actor: Actor) -> bool:
        """Have a document tried again; false where it neither failed nor waits."""

        async def work(tx: Transaction) -> bool:
            again = await retry_document(tx, DocumentId(document_id))
            if again:
                await note(tx, actor, "document_retried", document_id)
            return again

        return await self._database.write(work)

    async def remove(self, document_id: str, actor: Actor) -> None:
        """Have an uploaded document disappear from answers. Doing so twice has one effect.

        Raises:
            UnknownDocumentError: there is none.
            NotAnUploadError: it lies in a folder.
        """
        c = documents.c
        known = select(c.origin, c.state).where(c.id == document_id, c.state != "retired").with_for_update()

        async def work(tx: Transaction) -> None:
            row = (await tx.execute(known)).one_or_none()
            if row is None:
                raise UnknownDocumentError(document_id)
            if row.origin != "upload":
                raise NotAnUploadError(document_id)
            if row.state != "removing":
                await begin_removal(tx, DocumentId(document_id))
                await note(tx, actor, "document_removed", document_id)

        if not document_id.isprintable():
            raise UnknownDocumentError("A document's id holds nothing that cannot be shown")
        await self._database.write(work)


async def _not_empty(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    anything = False
    async for piece in content:
        anything = anything or bool(piece)
        yield piece
    if not anything:
        raise EmptyDocumentError("The document is empty")
