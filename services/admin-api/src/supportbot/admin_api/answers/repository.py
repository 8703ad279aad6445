"""Reads answers from the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select

from supportbot.admin_api.answers.meaning import Meaning
from supportbot.admin_api.answers.schemas import AnswerLine, AnswerPage, Decision, TracedAnswer
from supportbot.admin_api.reading import rows_of
from supportbot.common.database.answers import right_of_such
from supportbot.common.database.schema.tables import answers, feedback, outbound
from supportbot.common.database.transactions import Database
from supportbot.common.knowledge.senses import read_signs

UNANSWERED = ("low_confidence", "nothing_found", "not_in_documents", "unsupported_answer", "empty_knowledge_base")
"""Reasons that say that the documents lack something; trouble and a wish for a person say nothing of the kind."""
_c = answers.c
_LINE = (
    _c.id, _c.conversation_id, _c.turn_to, _c.question, _c.decision, _c.reason, _c.confidence, right_of_such(), _c.text,
    _c.language, _c.created_at,
)  # fmt: skip


class AnswerRepository:
    """What was answered, and what was not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        *,
        decision: Decision | None,
        reason: str | None,
        conversation: UUID | None,
        limit: int,
        after: UUID | None,
    ) -> AnswerPage:
        """The newest, or those that follow `after`."""
        wanted = _lines().order_by(_c.id.desc()).limit(limit + 1)
        for column, value in ((_c.decision, decision), (_c.reason, reason), (_c.conversation_id, conversation)):
            wanted = wanted if value is None else wanted.where(column == value)
        rows = await rows_of(self._database, wanted if after is None else wanted.where(_c.id < after))
        items = [AnswerLine(**row._asdict()) for row in rows[:limit]]
        return AnswerPage(items=items, next=items[-1].id if len(rows) > limit else None)

    async def one(self, answer_id: UUID) -> TracedAnswer | None:
        """An answer with its trace; None where there is none."""
        wanted = _lines(_c.citations, _c.passages, _c.trace).where(_c.id == answer_id)
        rows = await rows_of(self._database, wanted)
        return TracedAnswer(**rows[0]._asdict()) if rows else None

    async def unanswered(self, since: datetime, limit: int) -> Sequence[tuple[AnswerLine, Meaning | None]]:
        """The newest questions without an answer in the documents, or with one voted down; and what they mean."""
        lacking = and_(_c.decision == "escalate", _c.reason.in_(UNANSWERED))
        sense = _c.trace["sense"]
        wanted = _lines(sense.label("sense")).where(_c.created_at >= since, or_(lacking, feedback.c.vote < 0))
        rows = await rows_of(self._database, wanted.order_by(_c.created_at.desc(), _c.id.desc()).limit(limit))
        return [(AnswerLine(**row._asdict()), _meaning(row.sense)) for row in rows]


def _meaning(stored: Any) -> Meaning | None:
    try:
        return Meaning((stored["model"], int(stored["dimensions"])), read_signs(stored["signs"])) if stored else None
    except (KeyError, TypeError, ValueError):
        return None


def _lines(*more: Any) -> Select[Any]:
    """Answers with the vote on the first part of their reply."""
    o = outbound.c
    reply = and_(
        o.conversation_id == _c.conversation_id,
        o.turn_to == _c.turn_to,
        o.author == "machine",
        o.part == 0,
        o.repeat == 0,
    )
    joined = answers.outerjoin(outbound, reply).outerjoin(feedback, feedback.c.reply_key == o.reply_key)
    return select(*_LINE, feedback.c.vote, feedback.c.reason.label("vote_reason"), *more).select_from(joined)
