"""What programs learn from questions that were not answered."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from supportbot.admin_api.answers.clustering import Cluster, cluster, most_typical, shared_words
from supportbot.admin_api.answers.meaning import Meaning
from supportbot.admin_api.answers.repository import AnswerRepository
from supportbot.admin_api.answers.schemas import AnswerLine, Unanswered, UnansweredPage

LOOKED_AT = 2000
_SHOWN = 10


class AnswerService:
    """Gathers unanswered questions."""

    def __init__(self, repository: AnswerRepository) -> None:
        self._repository = repository

    async def unanswered(self, days: int, limit: int) -> UnansweredPage:
        """The largest groups of the newest LOOKED_AT questions of so many days."""
        since = datetime.now(UTC) - timedelta(days=days)
        lines = await self._repository.unanswered(since, LOOKED_AT)
        items = await asyncio.to_thread(_gathered, lines, limit)  # a second of work where there are thousands
        return UnansweredPage(since=since, questions=len(lines), items=items)


def _gathered(found: Sequence[tuple[AnswerLine, Meaning | None]], limit: int) -> list[Unanswered]:
    lines = [line for line, _ in found]
    questions = [line.question for line in lines]
    clusters = cluster(questions, [meaning for _, meaning in found])
    return [_shown(one, lines, questions) for one in clusters[:limit]]


def _shown(found: Cluster, lines: Sequence[AnswerLine], questions: Sequence[str]) -> Unanswered:
    members = [lines[place] for place in found.members]
    return Unanswered(
        size=len(members),
        terms=shared_words(found, questions),
        example=questions[most_typical(found, questions)],
        questions=list(dict.fromkeys(line.question for line in members))[:_SHOWN],
        answers=[line.id for line in members[:_SHOWN]],
        newest=max(line.created_at for line in members),
    )
