"""The list of documents as its page shows it: some of them, and how many there are of each kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import ColumnElement, Integer, and_, cast, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.documents.repository import document_of, known_documents
from supportbot.admin_api.documents.schemas import Document
from supportbot.common.database.clock import now
from supportbot.common.database.schema.tables import documents
from supportbot.common.database.transactions import Database

Show = Literal["all", "working", "failed", "operators", "expired"]
SHOWN: Final = 50
_c = documents.c
_IN_WORK: Final = _c.state.in_(("waiting", "removing"))
_EXPIRED: Final = and_(_c.expires_at.is_not(None), _c.expires_at <= now())
_SHOWING: Final[Mapping[str, ColumnElement[bool]]] = {
    "all": true(),
    "working": _IN_WORK,
    "failed": _c.state == "failed",
    "operators": _c.audience == "operators",
    "expired": _EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of documents that were asked for; `counts` is of all that there are."""

    items: Sequence[Document]
    words: str
    show: str
    after: str
    next: str | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Listing:
    """Documents are thousands at most, so they are counted as they are."""

    database: Database

    async def page(self, *, words: str, show: str, after: str) -> Listed:
        """Those whose name or title has all of the words, in the order of their ids."""
        wanted = known_documents().where(_SHOWING[show], *_having(words), _c.id > _shown(after))
        counted = select(*(func.sum(cast(which, Integer)).label(name) for name, which in _SHOWING.items()))
        counted = counted.where(_c.state != "retired")

        async def work(connection: AsyncConnection) -> Listed:
            rows = (await connection.execute(wanted.order_by(_c.id).limit(SHOWN + 1))).all()
            counts = (await connection.execute(counted)).one()._asdict()
            items = [document_of(row) for row in rows[:SHOWN]]
            following = items[-1].id if len(rows) > SHOWN else None
            numbers = {name: int(count or 0) for name, count in counts.items()}
            return Listed(items, words, show, after, following, numbers)

        return await self.database.read(work)


def _having(words: str) -> list[ColumnElement[bool]]:
    """Each word somewhere. SQLite knows capitals of ASCII only: other scripts are looked for in their usual forms."""
    return [
        or_(
            *(
                column.icontains(spelt, autoescape=True)
                for column in (_c.id, _c.title)
                for spelt in dict.fromkeys((word, word.lower(), word.capitalize()))
            )
        )
        for word in _shown(words).split()
    ]


def _shown(given: str) -> str:
    """Databases refuse what cannot be shown."""
    return "".join(letter for letter in given if letter.isprintable())
