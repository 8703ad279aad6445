"""What is asked about most: the newest questions, those of the same words together."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from supportbot.admin_api.faq.writing import key_of
from supportbot.admin_api.overview.spans import Span
from supportbot.admin_api.reading import rows_of
from supportbot.common.database.schema.tables import answers
from supportbot.common.database.transactions import Database

LOOKED_AT: Final = 2000
_SHOWN: Final = 10
_SHORTEST: Final = 2
_c = answers.c


@dataclass(frozen=True, slots=True)
class AskedOften:
    """One question in the words in which it is asked mostly."""

    question: str
    times: int
    answered: int


@dataclass(frozen=True, slots=True)
class QuestionStore:
    """Reads questions."""

    database: Database

    async def most_asked(self, span: Span) -> Sequence[AskedOften]:
        """Questions that were asked more than once, the most frequent first; small talk is none."""
        wanted = select(_c.question, _c.decision).where(
            _c.created_at >= span.since, _c.created_at < span.until, _c.decision.in_(("answer", "escalate"))
        )
        rows = await rows_of(self.database, wanted.order_by(_c.created_at.desc()).limit(LOOKED_AT))
        return await asyncio.to_thread(_gathered, [(row.question, row.decision) for row in rows])


def _gathered(asked: Sequence[tuple[str, str]]) -> Sequence[AskedOften]:
    wordings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    answered: Counter[str] = Counter()
    for question, decision in asked:
        key = key_of(question)
        wordings[key][" ".join(question.split())] += 1
        answered[key] += decision == "answer"
    often = [
        AskedOften(forms.most_common(1)[0][0], forms.total(), answered[key])
        for key, forms in wordings.items()
        if forms.total() >= _SHORTEST
    ]
    return sorted(often, key=lambda one: -one.times)[:_SHOWN]
