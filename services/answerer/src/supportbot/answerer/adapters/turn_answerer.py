"""Answers turns beside each other: as it was answered before, else with the model, else from the documents alone."""

from supportbot.answerer.adapters.answer_cache import AnswerCache
from supportbot.answerer.adapters.drafts import BusDrafts
from supportbot.answerer.adapters.model_opener import OpenedModel
from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.bus.port import Bus
from supportbot.common.database.turns import Turn


class TurnAnswerer:
    """The `Answerer` of whoever has a database, a bus and perhaps a model."""

    def __init__(self, answer: AnswerQuestion, bus: Bus, kept: AnswerCache | None) -> None:
        self._answer = answer
        self._bus = bus
        self._kept = kept
        self._model: OpenedModel | None = None

    def ask_model(self, model: OpenedModel | None) -> None:
        """From now on, with this model."""
        self._model = model

    async def __call__(self, turn: Turn, question: Question) -> Answer:
        """See Answerer."""
        if self._model is None:
            return await self._answer(question)
        if self._kept is None:
            return await self._with_model(self._model, turn, question)
        held = self._answer.recalibration, self._answer.threshold
        key = await self._kept.key(question, *held)
        if key and (repeated := await self._kept.get(key)) is not None:
            return repeated
        answer = await self._with_model(self._model, turn, question)
        if key and held == (self._answer.recalibration, self._answer.threshold):
            await self._kept.keep(key, answer)
        return answer

    async def alone(self, question: Question) -> Answer:
        """Answer a question that belongs to no turn, such as one from the command line."""
        return await self._answer(question, self._model.for_question() if self._model else None)

    async def _with_model(self, model: OpenedModel, turn: Turn, question: Question) -> Answer:
        drafts = BusDrafts(self._bus, turn.conversation_id, turn.turn_to, turn.token)
        asked = model.for_turn(turn.conversation_id, turn.turn_to, drafts, threshold=self._answer.threshold)
        return await self._answer(question, asked)
