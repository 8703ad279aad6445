"""Reads the FAQ from the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.faq.schemas import Entry, EntryPage, RegressionQuestion
from supportbot.admin_api.reading import rows_of
from supportbot.common.database.schema.learning_tables import faq_entries, faq_questions
from supportbot.common.database.schema.tables import documents, escalations, outbound
from supportbot.common.database.transactions import Database

_e, _q, _d = faq_entries.c, faq_questions.c, documents.c
_SERVES = and_(_d.id == _e.document, _d.state != "removing", _d.indexed_version.is_not(None))


class FaqRepository:
    """What was reviewed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, entry_id: UUID) -> Entry | None:
        """An entry; None where there is none."""
        found = await self._entries(_all().where(_e.id == entry_id))
        return found[0] if found else None

    async def page(self, after: UUID | None, limit: int) -> EntryPage:
        """The newest, or those that follow `after`."""
        wanted = _all().order_by(_e.id.desc()).limit(limit + 1)
        found = await self._entries(wanted if after is None else wanted.where(_e.id < after))
        return EntryPage(items=found[:limit], next=found[limit - 1].id if len(found) > limit else None)

    async def regression(self) -> list[RegressionQuestion]:
        """Every reviewed question with the document that answers it."""
        wanted = select(_q.id, _q.text, _e.document).join(faq_entries, _e.id == _q.entry_id).order_by(_q.id)
        return [
            RegressionQuestion(id=row.id, text=row.text, gold=[row.document])
            for row in await rows_of(self._database, wanted)
        ]

    async def asked(self) -> Sequence[tuple[UUID, str]]:
        """Every question with its entry, to be compared with a new one."""
        return [(row.entry_id, row.text) for row in await rows_of(self._database, select(_q.entry_id, _q.text))]

    async def escalated(self, escalation_id: UUID) -> tuple[UUID, str, str] | None:
        """Conversation, question and a person's reply of an escalation, empty where nobody replied; None: no such one.

        The reply is the first in words after the escalation, with all its parts: a file answers one person, and no
        document can be made of it.
        """
        e, o = escalations.c, outbound.c
        wanted = select(e.conversation_id, e.question, e.created_at).where(e.id == escalation_id)
        rows = await rows_of(self._database, wanted)
        if not rows:
            return None
        row = rows[0]
        said = select(o.body, o.out_seq, o.details).where(
            o.lane == str(row.conversation_id), o.author == "person", o.repeat == 0, o.status != "cancelled"
        )
        found = said.where(o.created_at >= row.created_at).order_by(o.out_seq, o.part).limit(50)
        parts = [part for part in await rows_of(self._database, found) if _is_words(part)]
        reply = "\n".join(part.body for part in parts if part.out_seq == parts[0].out_seq)
        return row.conversation_id, row.question, reply

    async def replies_to(self, answers: Sequence[UUID]) -> Mapping[UUID, str]:
        """What a person wrote first after each of these answers went to a person; those without such words lack."""
        e, o = escalations.c, outbound.c
        theirs = and_(o.conversation_id == e.conversation_id, o.author == "person", o.created_at >= e.created_at)
        wanted = (
            select(e.answer_id, o.out_seq, o.body, o.details)
            .select_from(escalations.join(outbound, theirs))
            .where(e.answer_id.in_(answers), o.repeat == 0, o.status != "cancelled")
            .order_by(e.answer_id, o.out_seq, o.part)
        )
        first: dict[UUID, tuple[int, list[str]]] = {}
        for row in filter(_is_words, await rows_of(self._database, wanted)):
            seq, parts = first.setdefault(row.answer_id, (row.out_seq, []))
            if row.out_seq == seq:
                parts.append(row.body)
        return {answer: "\n".join(parts) for answer, (_, parts) in first.items()}

    async def answered_at(self) -> Mapping[str, datetime]:
        """Since when each reviewed question has its answer, by what it is compared by."""
        rows = await rows_of(self._database, select(_q.key, _q.created_at))
        return {row.key: row.created_at for row in rows}

    async def _entries(self, statement: Select[Any]) -> list[Entry]:
        async def work(connection: AsyncConnection) -> list[Entry]:
            rows: list[Row[Any]] = list(await connection.execute(statement))
            ids = [row.id for row in rows]
            asked = select(_q.entry_id, _q.text).where(_q.entry_id.in_(ids)).order_by(_q.created_at, _q.id)
            questions: dict[UUID, list[str]] = {}
            for row in await connection.execute(asked):
                questions.setdefault(row.entry_id, []).append(row.text)
            return [_entry(row, questions.get(row.id, [])) for row in rows]

        return await self._database.read(work)


def _is_words(part: Row[Any]) -> bool:
    """Whether a part of a reply says something; that of a file has its name in place of words."""
    return bool(part.body) and "attachment" not in (part.details or {})


def _all() -> Select[Any]:
    return select(*_e, _d.id.label("indexed"), _d.state).select_from(faq_entries.outerjoin(documents, _SERVES))


def _entry(row: Row[Any], questions: list[str]) -> Entry:
    return Entry(
        id=row.id,
        questions=questions,
        answer=row.answer,
        language=row.language,
        document=row.document,
        serving=row.indexed is not None and row.state == "ready",
        reviewed_by=row.reviewed_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
