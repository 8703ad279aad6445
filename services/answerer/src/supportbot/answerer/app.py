"""The answerer put together: wiring only."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from supportbot.answerer.adapters.answer_cache import AnswerCache
from supportbot.answerer.adapters.checkpoints import prune_forever
from supportbot.answerer.adapters.drafts import BusDrafts
from supportbot.answerer.adapters.isolation import AloneAnswerer
from supportbot.answerer.adapters.model_opener import OpenedModel, open_model
from supportbot.answerer.adapters.turns import DatabaseTurns
from supportbot.answerer.answering import answer_question
from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.domain.recalibration import AS_IS, Recalibration
from supportbot.answerer.entrypoints.turns import TurnWorker
from supportbot.answerer.settings import AnswererSettings
from supportbot.answerer.turn_ports import Answerer
from supportbot.answerer.use_cases.take_turn import TakeTurn
from supportbot.common.bus.port import Bus
from supportbot.common.cache.port import Cache
from supportbot.common.database.alarm import DatabaseAlarm
from supportbot.common.database.calibrations import newest_calibration
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.database.turns import Turn
from supportbot.common.knowledge.port import KnowledgeIndex, KnowledgeIndexUnavailableError
from supportbot.common.lifecycle import Check, Loops

STOP_GRACE_S = 20.0
CALIBRATION_EVERY_S = 60.0


@dataclass(frozen=True)
class Dependencies:
    """What the answerer stands on, chosen by whoever opens it: embedded or networked."""

    database: Database
    bus: Bus
    index: KnowledgeIndex
    settings: AnswererSettings
    cache: Cache | None = None
    """Where answers are kept to be given again; without one each question is answered anew."""
    alone: Answerer | None = None
    """Who answers what may kill the process; a child process where nothing is given."""


class AnswererService:
    """Takes turns and answers them. See Service."""

    name = "answerer"
    routers: Sequence[APIRouter] = ()

    def __init__(self, dependencies: Dependencies) -> None:
        self._database = dependencies.database
        self._bus = dependencies.bus
        self._index = dependencies.index
        self._settings = dependencies.settings
        self._answer = answer_question(dependencies.index, dependencies.settings)
        self._model: OpenedModel | None = None
        cache, settings = dependencies.cache, dependencies.settings
        self._kept = AnswerCache(cache, self._database, settings) if cache and settings.answer_cache else None
        turns = DatabaseTurns(dependencies.database)
        on_server = bool(dependencies.settings.qdrant_url)
        alone = dependencies.alone or AloneAnswerer(dependencies.index, copies_index=not on_server)
        self._worker = TurnWorker(
            turns,
            TakeTurn(turns, self._beside_others, alone),
            concurrency=dependencies.settings.answer_concurrency,
        )
        self._worker.subscribe(dependencies.bus)
        self._loops = Loops()

    @property
    def checks(self) -> Mapping[str, Check]:
        return {"knowledge_index": self._index_problem, "questions": self._bus_problem}

    async def start(self) -> None:
        self._model = await open_model(self._settings, DatabaseAlarm(self._database), database=self._database)
        await self._worker.start()
        await self._take_calibration()
        self._loops.start("take the newest calibration", self._take_calibrations)
        self._loops.start("prune checkpoints", lambda: prune_forever(self._database))

    async def stop(self) -> None:
        await self._worker.stop(STOP_GRACE_S)
        await self._loops.stop()
        if self._model is not None:
            await self._model.close()

    async def answer(self, question: Question) -> Answer:
        """Answer a question that belongs to no turn, such as one from the command line."""
        return await self._answer(question, self._model.for_question() if self._model else None)

    async def _beside_others(self, turn: Turn, question: Question) -> Answer:
        if self._model is None:
            return await self._answer(question)
        key = await self._repeatable(question)
        repeated = await self._kept.get(key) if key and self._kept else None
        if repeated is not None:
            return repeated
        show = BusDrafts(self._bus, turn.conversation_id, turn.turn_to, turn.token) if turn.channel == "web" else None
        answer = await self._answer(question, self._model.for_turn(turn.conversation_id, turn.turn_to, show))
        if key and self._kept:
            await self._kept.keep(key, answer)
        return answer

    async def _repeatable(self, question: Question) -> str | None:
        return await self._kept.key(question, self._answer.recalibration) if self._kept else None

    async def _take_calibrations(self) -> None:
        while True:
            await asyncio.sleep(CALIBRATION_EVERY_S)
            await self._take_calibration()

    async def _take_calibration(self) -> None:
        """As `supportbot calibrate` stored it. Without a database the one that holds stays."""
        try:
            found = await self._database.read(newest_calibration)
        except DatabaseUnavailableError:
            return
        self._answer.recalibration = Recalibration(found.slope, found.intercept) if found else AS_IS

    async def _bus_problem(self) -> str | None:
        return self._bus.problem()

    async def _index_problem(self) -> str | None:
        try:
            await self._index.size()
        except KnowledgeIndexUnavailableError as error:
            return str(error)
        return None


def build(dependencies: Dependencies) -> AnswererService:
    """The answerer, ready to be started."""
    return AnswererService(dependencies)
