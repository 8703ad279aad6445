"""Questions that somebody new may tap: the sample's while it answers, else what one's own documents ask themselves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import statement_start
from supportbot.common.database.schema.tables import documents
from supportbot.common.database.transactions import Database
from supportbot.common.i18n import LANGUAGES

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """By language, what the sample documents are asked, and the name of the company that they are about."""

    questions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    company: Mapping[str, str] = field(default_factory=dict)


class Starters(Mapping[str, Sequence[str]]):
    """By language, as of the last look."""

    def __init__(self, database: Database, sample: Sample | None = None) -> None:
        self._database = database
        self._sample = sample
        self._questions: dict[str, Sequence[str]] = {language: [] for language in LANGUAGES}
        self.company: dict[str, str] = {}
        """The sample's company by language; empty as soon as one's own documents answer."""

    def __getitem__(self, language: str) -> Sequence[str]:
        return self._questions[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._questions)

    def __len__(self) -> int:
        return len(self._questions)

    async def refresh(self) -> None:
        """Look at the documents once."""
        sample = None if await self._database.read(_has_own_documents) else self._sample
        self._questions = await self._database.read(_questions) if sample is None else dict(sample.questions)
        self.company.clear()
        self.company.update({} if sample is None else sample.company)


async def _has_own_documents(connection: AsyncConnection) -> bool:
    own = select(documents.c.id).where(documents.c.origin != "sample", documents.c.indexed_version.is_not(None))
    return (await connection.execute(own.limit(1))).first() is not None


async def _questions(connection: AsyncConnection) -> dict[str, Sequence[str]]:
    """Titles that are questions, of what everybody may find. Nothing is made up: a starter has to be answered well."""
    found: dict[str, Sequence[str]] = {}
    c = documents.c
    shown = and_(c.audience == "public", or_(c.expires_at.is_(None), c.expires_at > statement_start()))
    for language in LANGUAGES:
        asked = select(c.title).where(c.state == "ready", c.language == language, c.title.like("%?"), shown)
        rows = await connection.execute(asked.order_by(c.id).limit(SHOWN))
        found[language] = list(rows.scalars())
    return found
