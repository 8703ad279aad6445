"""The answerer's life: what starts, what runs, what its health says, and how it stops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from supportbot.answerer.adapters.checkpoints import prune_forever
from supportbot.answerer.adapters.chosen_threshold import ChosenThreshold
from supportbot.answerer.adapters.model_opener import OpenedModel, open_model
from supportbot.answerer.adapters.newest_calibration import NewestCalibration
from supportbot.answerer.adapters.trials import DatabaseTrials
from supportbot.answerer.adapters.turn_answerer import TurnAnswerer
from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.entrypoints.trials import TrialWorker
from supportbot.answerer.entrypoints.turns import TurnWorker
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.bus.port import Bus
from supportbot.common.database.alarm import DatabaseAlarm
from supportbot.common.database.standings import tell_forever, told_settings
from supportbot.common.database.transactions import Database
from supportbot.common.knowledge.port import KnowledgeIndex, index_problem
from supportbot.common.lifecycle import Check, Loops

STOP_GRACE_S = 20.0
_TOLD = (
    "confidence_threshold",
    "answer_concurrency",
    "model_timeout",
    "model_daily_budget",
    "model_daily_cost",
    "model_user_daily_tokens",
    "model_user_daily_cost",
    "answer_cache",
)
"""Settings that administrators see beside what comes of them; none of them is a secret."""


@dataclass(frozen=True)
class Parts:
    """What answers: made by `app.build`."""

    worker: TurnWorker
    turns: TurnAnswerer
    calibration: NewestCalibration
    threshold: ChosenThreshold
    tried: TrialWorker
    trials: DatabaseTrials


class AnswererService:
    """Takes turns and answers them. See Service."""

    name = "answerer"
    routers: Sequence[APIRouter] = ()

    def __init__(
        self, database: Database, bus: Bus, index: KnowledgeIndex, settings: AnswererSettings, parts: Parts
    ) -> None:
        self._database = database
        self._bus = bus
        self._index = index
        self._settings = settings
        self.parts = parts
        self._model: OpenedModel | None = None
        self._loops = Loops()

    @property
    def checks(self) -> Mapping[str, Check]:
        return {"knowledge_index": self._index_problem, "questions": self._bus_problem}

    async def start(self) -> None:
        self._model = await open_model(self._settings, DatabaseAlarm(self._database), database=self._database)
        self.parts.turns.ask_model(self._model)
        await self.parts.worker.start()
        await self.parts.calibration.take()
        await self.parts.threshold.take()
        self._loops.start("take the newest calibration", self.parts.calibration.take_forever)
        self._loops.start("take the chosen threshold", self.parts.threshold.take_forever)
        self._loops.start("tell how it is", lambda: tell_forever(self._database, self.name, self._standing))
        self._loops.start("answer tried questions", self.parts.tried.run)
        self._loops.start("forget tried questions", self.parts.trials.forget_forever)
        self._loops.start("prune checkpoints", lambda: prune_forever(self._database))

    async def stop(self) -> None:
        await self.parts.worker.stop(STOP_GRACE_S)
        await self._loops.stop()
        if self._model is not None:
            await self._model.close()

    async def answer(self, question: Question) -> Answer:
        """Answer a question that belongs to no turn, such as one from the command line."""
        return await self.parts.turns.alone(question)

    async def _standing(self) -> Mapping[str, Any]:
        """What administrators see of it."""
        return {"settings": told_settings(self._settings, _TOLD), "model": self._model is not None}

    async def _bus_problem(self) -> str | None:
        return self._bus.problem()

    async def _index_problem(self) -> str | None:
        return await index_problem(self._index)
