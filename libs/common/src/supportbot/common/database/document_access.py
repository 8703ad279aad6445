"""Who may find a document, until when, in which language it is, and what it is filed under: as people set it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, case, select, update

from supportbot.common.contracts import DocumentRestricted, DocumentUploaded
from supportbot.common.database.clock import now
from supportbot.common.database.document_progress import not_begun
from supportbot.common.database.documents import correlation_of, due_after_claim
from supportbot.common.database.schema.tables import documents
from supportbot.common.database.transactions import Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import Access

_c = documents.c
SETTABLE: Final = ("audience", "tags", "language_given", "expires_at")


class ChangedMeanwhileError(SupportbotError):
    """Somebody else has changed it since it was looked at."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Some of SETTABLE, as they are to be; and of which revision that was decided, unless that does not matter."""

    values: Mapping[str, Any]
    revision: int | None = None


async def change_access(tx: Transaction, document: DocumentId, wanted: Wanted) -> bool:
    """Set what is wanted; the index hears of it through whoever indexes. False where there is no such document.

    Raises:
        ChangedMeanwhileError: it is of another revision.
    """
    columns = (_c.revision, _c.state, _c.version, *(_c[name] for name in SETTABLE))
    known = select(*columns).where(_c.id == document, _c.state.not_in(("removing", "retired"))).with_for_update()
    row = (await tx.execute(known)).one_or_none()
    if row is None:
        return False
    if wanted.revision not in (None, row.revision):
        raise ChangedMeanwhileError(f"{document} was changed meanwhile. Look at it again")
    changed = {name: value for name, value in wanted.values.items() if getattr(row, name) != value}
    if changed:
        await _change(tx, document, row, changed)
    return True


async def _change(tx: Transaction, document: DocumentId, row: Row[Any], changed: dict[str, Any]) -> None:
    values = {**changed, "revision": row.revision + 1, "updated_at": now()}
    told = {"correlation_id": correlation_of(document), "document": document}
    if {"audience", "expires_at"} & set(changed):
        values |= {"access_due": True, "due_at": due_after_claim()}
        await tx.emit(DocumentRestricted(**told, audience=changed.get("audience", row.audience)))
    if "language_given" in changed and row.state == "ready":
        values |= {**not_begun(), "state": "waiting", "attempts": 0, "due_at": due_after_claim()}
        await tx.emit(DocumentUploaded(**told, document_version=row.version))
    await tx.execute(update(documents).where(_c.id == document).values(values))


async def recheck_access(tx: Transaction) -> None:
    """Have the index told again of every document that is not simply for everybody: it may have been restored."""
    special = (_c.audience != "public") | _c.expires_at.is_not(None)
    due = case((_c.token.is_(None), now()), else_=_c.due_at)
    await tx.execute(update(documents).where(special, ~_c.access_due).values(access_due=True, due_at=due))


def access_of(row: Any) -> Access:
    """As the index is told; of a row with `audience` and `expires_at`."""
    return Access(row.audience, None if row.expires_at is None else row.expires_at.timestamp())
