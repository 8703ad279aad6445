"""Answers questions that somebody tries, beside those of users and one at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.domain.outcome import tried
from supportbot.answerer.turn_ports import Trials
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.outage import Outage

LOOK_EVERY_S: Final = 0.7
WITHIN_S: Final = 30.0
_log = logger(__name__)


class TrialWorker:
    """Looks by itself; a person waits in front of a page, so it looks often."""

    def __init__(
        self, trials: Trials, answer: Callable[[Question], Awaitable[Answer]], threshold: Callable[[], float]
    ) -> None:
        """`threshold` is asked for with every question."""
        self._trials = trials
        self._answer = answer
        self._threshold = threshold

    async def run(self) -> None:
        """Look until cancelled."""
        outage = Outage("Tried questions cannot be looked for now", "Tried questions are looked for again")
        while True:
            try:
                while await self.take_one():
                    pass
                outage.over()
            except DatabaseUnavailableError as error:
                outage.met(error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def take_one(self) -> bool:
        """Answer the one that waits longest; false where none does. Raises DatabaseUnavailableError."""
        claimed = await self._trials.claim()
        if claimed is None:
            return False
        trial_id, question = claimed
        await self._trials.finish(trial_id, await self._result(question))
        _log.info("A tried question was answered", trial=str(trial_id))
        return True

    async def _result(self, question: str) -> dict[str, Any]:
        try:
            async with asyncio.timeout(WITHIN_S):
                threshold = self._threshold()
                return tried(question, await self._answer(Question(question)), threshold)
        except TimeoutError:
            return {"error": "timeout"}
        except KnowledgeIndexUnavailableError:
            return {"error": "index_unavailable"}
