"""Which documents are due, and who is at them, in the table `documents`."""

import asyncio
from functools import cache
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    case,
    delete,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import DocumentFailed, DocumentIndexed
from supportbot.common.database.clock import after, now, statement_start
from supportbot.common.database.document_access import access_of
from supportbot.common.database.document_passages import (
    KeptPassages,
    forget_passages,
    keep_passages,
    pack,
)
from supportbot.common.database.document_progress import StageReached
from supportbot.common.database.document_versions import forget_versions, note_serving, note_unfit
from supportbot.common.database.documents import correlation_of
from supportbot.common.database.schema.tables import documents
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import Access
from supportbot.common.knowledge.languages import detect_language
from supportbot.indexer.domain.chunking import CHUNKER_VERSION
from supportbot.indexer.domain.documents import ClaimedDocument
from supportbot.indexer.ports import ReadDocument

LEASE_S = 30.0
_c = documents.c
_CLAIMED = (
    _c.id,
    _c.origin,
    _c.state,
    _c.version,
    _c.location,
    _c.attempts,
    _c.indexed_version,
    _c.audience,
    _c.expires_at,
    _c.language_given,
    _c.revision,
    _c.access_due,
)
IN_WORK = ("waiting", "removing")


class SqlWorkList:
    """WorkList; a claim is a random token in the document's row, and only its holder can end it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._found = False

    async def claim(self) -> ClaimedDocument | None:
        """See WorkList. Looks without writing first, unless the last look found something: most find nothing."""
        if not (self._found or await self._database.read(_anything_due)):
            return None
        token = uuid4()

        async def work(tx: Transaction) -> Row[Any] | None:
            return (await tx.execute(_claiming(), {"new_token": token})).one_or_none()

        row = await self._database.write(work, lane="relaxed")
        self._found = row is not None
        return None if row is None else _claimed(row, token)

    async def renew(self, claimed: ClaimedDocument) -> None:
        """See WorkList."""

        async def work(tx: Transaction) -> None:
            await tx.execute(update(documents).where(_mine(claimed)).values(due_at=after(LEASE_S)))

        await self._database.write(work, lane="relaxed")

    async def tell(self, claimed: ClaimedDocument, reached: StageReached) -> None:
        """See WorkList."""

        async def work(tx: Transaction) -> None:
            await tx.execute(update(documents).where(_mine(claimed)).values(reached.columns()))

        await self._database.write(work, lane="relaxed")

    async def access(self, claimed: ClaimedDocument) -> Access:
        """See WorkList."""
        wanted = select(_c.audience, _c.expires_at).where(_c.id == claimed.document)

        async def work(connection: AsyncConnection) -> Access:
            row = (await connection.execute(wanted)).one_or_none()
            return claimed.access if row is None else access_of(row)

        return await self._database.read(work)

    async def restricted(self, claimed: ClaimedDocument) -> None:
        """See WorkList; what was changed since it was claimed is due still."""
        heard = case((_c.revision == claimed.revision, false()), else_=_c.access_due)
        released = {"token": None, "due_at": now()} if claimed.state == "settled" else {}

        async def work(tx: Transaction) -> None:
            await tx.execute(update(documents).where(_mine(claimed)).values({"access_due": heard, **released}))

        await self._database.write(work)

    async def finish(self, claimed: ClaimedDocument, read: ReadDocument, held: str) -> None:
        """See WorkList. A power cut may undo this: then the document is indexed again, so nobody waits for the disk."""
        packed = await asyncio.to_thread(pack, read.passages)
        kept = KeptPassages(claimed.document, held, packed)
        values = {
            "this": claimed.document,
            "held": claimed.token,
            "heard": claimed.revision,
            "claimed_version": claimed.version,
            "read_version": read.version,
            "indexed_version": read.version,
            "title": read.title,
            "language": claimed.language or detect_language(" ".join(passage.text for passage in read.passages[:8])),
            "passages": len(read.passages),
            "size": read.size,
            "warning": read.warning or None,
        }
        event = DocumentIndexed(
            correlation_id=correlation_of(claimed.document),
            document=claimed.document,
            document_version=read.version,
            passages=len(read.passages),
        )

        async def work(tx: Transaction) -> None:
            if (await tx.execute(_finishing(), values)).rowcount:
                await keep_passages(tx, kept)
                if claimed.origin == "upload":
                    await note_serving(tx, claimed.document, claimed.location.name, read.title, len(read.passages))
                await tx.emit(event)
            else:  # the claim has ended, so another worker may have stored something else since: look again
                again = {"state": "waiting", "due_at": now(), "updated_at": now()}
                stale = and_(_c.id == claimed.document, _c.state == "ready", _c.indexed_version != read.version)
                await tx.execute(update(documents).where(stale).values(again))

        await self._database.write(work, lane="relaxed")

    async def fail(self, claimed: ClaimedDocument, error: str) -> None:
        """See WorkList."""
        current = and_(_c.state == "waiting", _c.version == claimed.version)
        state = case((current, "failed"), else_=_c.state)
        values = {**_released(), "state": state, "error": error, "fingerprint": _cut_by_todays_rules()}

        async def work(tx: Transaction) -> None:
            if (await tx.execute(update(documents).where(_mine(claimed)).values(values))).rowcount:
                if claimed.origin == "upload":
                    await note_unfit(tx, claimed.document, claimed.location.name, error)
                await tx.emit(
                    DocumentFailed(
                        correlation_id=correlation_of(claimed.document),
                        document=claimed.document,
                        document_version=claimed.version,
                        error=error,
                    )
                )

        await self._database.write(work)

    async def postpone(self, claimed: ClaimedDocument, *, error: str, seconds: float, charged: bool) -> None:
        """See WorkList."""
        values: dict[str, Any] = {"token": None, "due_at": after(seconds)}
        if claimed.state != "settled":  # what became of its content stays as it is
            attempts = claimed.attempts if charged else claimed.attempts - 1
            values |= {"attempts": attempts, "error": error or None, "activity": ""}

        async def work(tx: Transaction) -> None:
            await tx.execute(update(documents).where(_mine(claimed)).values(values))

        await self._database.write(work)

    async def forget(self, claimed: ClaimedDocument) -> None:
        """See WorkList; a document of the sample stays as a note that the sample is over."""
        gone = and_(_mine(claimed), _c.state == "removing")
        nothing = {**_released(), "indexed_version": None, "passages": 0, "serving": None}

        async def work(tx: Transaction) -> None:
            if claimed.origin == "sample":
                went = await tx.execute(update(documents).where(gone).values({**nothing, "state": "retired"}))
            else:
                went = await tx.execute(delete(documents).where(gone))
            if went.rowcount:
                await forget_versions(tx, claimed.document)
            # The file may have come back meanwhile; then the document waits, and nothing of it serves.
            came_back = await tx.execute(update(documents).where(_mine(claimed)).values(nothing))
            if went.rowcount or came_back.rowcount:
                await forget_passages(tx, claimed.document)

        await self._database.write(work)


def _claimed(row: Row[Any], token: UUID) -> ClaimedDocument:
    state: Literal["waiting", "removing", "settled"] = row.state if row.state in IN_WORK else "settled"
    return ClaimedDocument(
        DocumentId(row.id),
        token,
        row.origin,
        state,
        row.version,
        Path(row.location),
        row.attempts,
        serves=row.indexed_version is not None,
        access=access_of(row),
        language=row.language_given,
        revision=row.revision,
        restrict=row.access_due,
    )


def something_to_do() -> ColumnElement[bool]:
    """Whether a document waits for somebody to work on it."""
    return or_(_c.state.in_(IN_WORK), and_(_c.access_due, _c.state != "retired"))


def _is_due() -> Any:
    # A claim further ahead than any lease was made by a clock that has been set back since.
    reached = (_c.due_at <= statement_start()) | (_c.due_at > after(4 * LEASE_S))
    return and_(something_to_do(), reached)


async def _anything_due(connection: AsyncConnection) -> bool:
    return (await connection.execute(_first_due())).first() is not None


@cache
def _first_due() -> Select[Any]:
    return select(_c.id).where(_is_due()).limit(1)


@cache
def _claiming() -> Update:
    begun = StageReached("received", "reading").columns()
    anew = _c.state == "waiting"
    due = select(_c.id).where(_is_due()).order_by(_c.attempts, _c.due_at).limit(1)
    return (
        update(documents)
        .where(_c.id == due.with_for_update(skip_locked=True).scalar_subquery())
        .values(
            token=bindparam("new_token"),
            due_at=after(LEASE_S),
            attempts=case((_c.state.in_(IN_WORK), _c.attempts + 1), else_=_c.attempts),
            tries=case((anew, _c.tries + 1), else_=_c.tries),
            begun_at=case((anew, func.coalesce(_c.begun_at, now())), else_=_c.begun_at),
            **{name: case((anew, value), else_=_c[name]) for name, value in begun.items()},
        )
        .returning(*_CLAIMED)
    )


@cache
def _finishing() -> Update:
    read = bindparam("read_version", type_=_c.version.type)
    current = and_(_c.state == "waiting", or_(_c.version == bindparam("claimed_version"), _c.version == read))
    unchanged = _c.revision == bindparam("heard")  # else its passages may have to be in another language
    done = and_(current, unchanged)
    version, state = case((current, read), else_=_c.version), case((done, "ready"), else_=_c.state)
    return (
        update(documents)
        .where(_c.id == bindparam("this"), _c.token == bindparam("held"))
        .values(
            {
                **_released(),
                "version": version,
                "state": state,
                "indexed_at": now(),
                "stage": case((done, "live"), else_="received"),
                "stage_at": now(),
                "access_due": case((unchanged, false()), else_=_c.access_due),
                "done": 0,
                "total": 0,
                "fingerprint": _cut_by_todays_rules(),
            }
        )
    )


def _cut_by_todays_rules() -> Any:
    return case((_c.origin == "upload", CHUNKER_VERSION), else_=_c.fingerprint)


def _mine(claimed: ClaimedDocument) -> Any:
    return and_(_c.id == claimed.document, _c.token == claimed.token)


def _released() -> dict[str, Any]:
    return {"token": None, "due_at": now(), "attempts": 0, "error": None, "updated_at": now(), "activity": ""}
