"""Reads documents from the database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.documents.schemas import Document, DocumentPage, DocumentProgress, State
from supportbot.admin_api.reading import rows_of
from supportbot.common.database.attachments import contents_of_attachments
from supportbot.common.database.clock import now
from supportbot.common.database.documents import contents_in_use
from supportbot.common.database.schema.tables import documents
from supportbot.common.database.transactions import Database
from supportbot.common.files.kinds import UPLOADS

_c = documents.c
_COLUMNS = (
    _c.id,
    _c.origin,
    _c.location,
    _c.state,
    _c.token,
    _c.version,
    _c.indexed_version,
    _c.title,
    _c.language,
    _c.size,
    _c.passages,
    _c.error,
    _c.warning,
    _c.received_at,
    _c.indexed_at,
    _c.updated_at,
    _c.stage,
    _c.activity,
    _c.done,
    _c.total,
    _c.tries,
    _c.begun_at,
    _c.stage_at,
    _c.due_at,
    _c.serving,
    _c.audience,
    _c.tags,
    _c.language_given,
    _c.expires_at,
    _c.revision,
    _c.access_due,
    now().label("asked_at"),
)


class DocumentRepository:
    """What is stored about documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, document_id: str) -> Document | None:
        """A document; None where there is none."""
        rows = (
            await rows_of(self._database, known_documents().where(_c.id == document_id))
            if document_id.isprintable()
            else ()
        )
        return document_of(rows[0]) if rows else None

    async def page(self, after: str, limit: int, tags: Sequence[str] = ()) -> DocumentPage:
        """The documents that follow `after` and have all of these tags."""
        wanted = known_documents().where(_c.id > after, *(self._has(tag) for tag in tags))
        rows = await rows_of(self._database, wanted.order_by(_c.id).limit(limit + 1))
        items = [document_of(row) for row in rows[:limit]]
        return DocumentPage(items=items, next=items[-1].id if len(rows) > limit else None)

    async def contents_in_use(self, digests: Sequence[str]) -> set[str]:
        """Which of these contents a document has, or a file in a conversation."""

        async def work(connection: AsyncConnection) -> set[str]:
            return await contents_in_use(connection, digests) | await contents_of_attachments(connection, digests)

        return await self._database.read(work)

    def _has(self, tag: str) -> ColumnElement[bool]:
        if self._database.dialect == "postgresql":
            return cast(_c.tags, JSONB).contains([tag])
        each = func.json_each(_c.tags).table_valued("value")
        return select(literal(1)).select_from(each).where(each.c.value == tag).exists()


def known_documents() -> Select[Any]:
    """All that there are, with what `document_of` reads."""
    return select(*_COLUMNS).where(_c.state != "retired")


def document_of(row: Row[Any]) -> Document:
    """A row as the API and the pages show it."""
    uploaded = row.origin == "upload"
    return Document(
        id=row.id,
        name=row.id.removeprefix(UPLOADS) if uploaded else row.id,
        origin=row.origin,
        state=_state(row),
        progress=_progress(row),
        reason=row.error,
        warning=row.warning,
        serving=row.indexed_version is not None and row.state != "removing",
        serving_number=row.serving,
        version=row.location if uploaded else row.version,
        title=row.title,
        language=row.language_given or row.language,
        language_given=row.language_given,
        audience=row.audience,
        tags=row.tags or [],
        expires_at=row.expires_at,
        expired=row.expires_at is not None and row.expires_at <= row.asked_at,
        revision=row.revision,
        access_applied=not row.access_due,
        size=row.size,
        passages=row.passages,
        received_at=row.received_at,
        indexed_at=row.indexed_at,
        updated_at=row.updated_at,
    )


def _progress(row: Row[Any]) -> DocumentProgress:
    stage = "live" if row.state == "ready" else row.stage  # as processes of the version before leave it
    paused = row.state == "waiting" and row.token is None and row.error is not None
    return DocumentProgress(
        stage=stage,
        activity=row.activity if row.token is not None else "",
        done=row.done,
        total=row.total,
        tries=row.tries,
        began_at=row.begun_at,
        stage_since=row.stage_at,
        eta_seconds=_eta(row) if row.token is not None else None,
        next_try_at=row.due_at if paused else None,
    )


def _eta(row: Row[Any]) -> float | None:
    """By the pace so far."""
    if not row.done or not row.total or row.stage_at is None:
        return None
    taken: float = max(0.0, (row.asked_at - row.stage_at).total_seconds())
    done, total = int(row.done), int(row.total)
    return round(taken / done * (total - done), 1)


def _state(row: Row[Any]) -> State:
    named: dict[str, State] = {"ready": "live", "failed": "failed", "removing": "removing"}
    return named.get(row.state) or ("indexing" if row.token is not None else "received")
