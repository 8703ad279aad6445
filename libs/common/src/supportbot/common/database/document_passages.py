"""The passages that the index serves of a document, packed into one row: read as a whole, written as a whole."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import now
from supportbot.common.database.schema.tables import document_passages, documents
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.passages import Passage

_p = document_passages.c
_FIELDS = frozenset(field.name for field in fields(Passage))


@dataclass(frozen=True, slots=True)
class KeptPassages:
    """What serves of a document."""

    document: DocumentId
    version: str
    """As the index names it."""
    packed: bytes

    def unpack(self) -> list[Passage]:
        """In their order. What another version of the product knows of a passage beside is left out."""
        given = json.loads(zlib.decompress(self.packed))
        return [_passage({name: value for name, value in one.items() if name in _FIELDS}) for one in given]


@dataclass(frozen=True, slots=True)
class ServingPassages:
    """What serves of a document, with what is known of the document now."""

    kept: KeptPassages
    title: str
    audience: str
    tags: tuple[str, ...]
    expired: bool

    def without_content(self) -> "ServingPassages":
        """Only what is known of it."""
        return replace(self, kept=replace(self.kept, packed=b""))


def pack(passages: Sequence[Passage]) -> bytes:
    """A third of their text or less."""
    given = [asdict(passage) for passage in sorted(passages, key=lambda one: one.position)]
    return zlib.compress(json.dumps(given, default=str, ensure_ascii=False).encode("utf-8", "replace"), 6)


async def keep_passages(tx: Transaction, kept: KeptPassages) -> None:
    """In place of what served before."""
    await forget_passages(tx, kept.document)
    row = {"document": kept.document, "version": kept.version, "packed": kept.packed}
    await tx.execute(insert(document_passages).values(row))


async def forget_passages(tx: Transaction, document: DocumentId) -> None:
    """The document is gone."""
    await tx.execute(delete(document_passages).where(_p.document == document))


async def passages_of(connection: AsyncConnection, document: DocumentId) -> KeptPassages | None:
    """What serves of a document; None where nothing does."""
    row = (await connection.execute(select(document_passages).where(_p.document == document))).one_or_none()
    return None if row is None else KeptPassages(DocumentId(row.document), row.version, row.packed)


async def serving_documents(connection: AsyncConnection, after: str, limit: int) -> list[DocumentId]:
    """Some of the documents of which something serves, in the order of their ids, that follow `after`."""
    c = documents.c
    wanted = select(c.id).join(document_passages, _p.document == c.id).where(serves(), c.id > after)
    rows = await connection.execute(wanted.order_by(c.id).limit(limit))
    return [DocumentId(row.id) for row in rows]


async def serving_passages(connection: AsyncConnection, after: str, limit: int) -> list[ServingPassages]:
    """As `serving_documents`, with what they say."""
    c = documents.c
    known = select(c.id, c.title, c.audience, c.tags, c.expires_at, now().label("asked_at"), _p.version, _p.packed)
    wanted = known.join(document_passages, _p.document == c.id).where(serves(), c.id > after)
    rows = await connection.execute(wanted.order_by(c.id).limit(limit))
    return [
        ServingPassages(
            KeptPassages(DocumentId(row.id), row.version, row.packed),
            title=row.title,
            audience=row.audience,
            tags=tuple(row.tags or ()),
            expired=row.expires_at is not None and row.expires_at <= row.asked_at,
        )
        for row in rows
    ]


def serves() -> ColumnElement[bool]:
    """Documents of which something is searched, and not about to disappear."""
    c = documents.c
    return (c.indexed_version.is_not(None)) & (c.state != "removing") & (c.state != "retired")


def _passage(given: dict[str, object]) -> Passage:
    whole = {**given, "chunk_id": ChunkId(UUID(str(given["chunk_id"])))}
    whole["headings"] = tuple(map(str, whole["headings"])) if isinstance(whole["headings"], list) else ()
    return Passage(**whole)  # type: ignore[arg-type]  # as `pack` wrote it
