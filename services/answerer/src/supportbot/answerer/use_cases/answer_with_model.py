"""Let a language model understand, order and answer; check what it says; know when to do without it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal

from supportbot.answerer.domain.answer import Question, Reason
from supportbot.answerer.domain.grounding import GroundingCheck, Secrets
from supportbot.answerer.domain.instructions import without_orders
from supportbot.answerer.domain.masking import Vault
from supportbot.answerer.domain.model_confidence import model_confidence
from supportbot.answerer.domain.model_replies import ComposedAnswer, read_answer, read_ranking, read_rewritten
from supportbot.answerer.domain.prompts import (
    ANSWERED_FROM,
    RERANKED,
    VERSION,
    answer_request,
    rerank_request,
    rewrite_request,
)
from supportbot.answerer.domain.query import Query, read_question
from supportbot.answerer.domain.ranking import Ranked
from supportbot.answerer.domain.written import cited, written_text
from supportbot.answerer.model_ports import Checkpoints
from supportbot.answerer.ports import ModelAnswer
from supportbot.answerer.use_cases.draft_answer import DraftAnswer, Shown
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.senses import Sense, SenseSpace
from supportbot.common.models.budget import Budget
from supportbot.common.models.errors import ModelError, ModelTimeoutError, ModelUnavailableError
from supportbot.common.models.ports import Embedder, Heard, LanguageModel
from supportbot.common.models.request import Completion, ModelRequest

CLEAR_LEAD: Final = 0.35
"""Where the best passage is ahead of every other document by this share of its score, no model orders them better.

Measured on what the search finds first: right for 99 % of clean questions (70 % of them are that clear), 97 % with
typos (69 %), 94 % on the sample shop, whose articles are alike (35 %)."""
LEFT_OUT_NEAR: Final = 0.5
"""Where the best passage that is left out scores less than this share of the best, order changes little.

Measured like the lead: the right document is among the first six for 97 to 99.7 % of questions. With this share 12 % of
the sample's questions are reranked, 2 % of XQuAD's with typos, 34 % of MT-RAG's; with 0.4 it were 39, 6 and 58 %.
"""
_LONGEST_REWRITE: Final = 1000


@dataclass(frozen=True, slots=True)
class Choices:
    """Which models do what."""

    answer_model: str
    reranking_model: str
    rerank: Literal["auto", "always", "never"]
    masked: bool = False
    """Whether personal data is replaced in what people wrote."""
    rewrite_model: str = ""
    """Of follow-ups; the answer's model where it is empty."""
    rewrite_s: float = 5.0
    rerank_s: float = 8.0
    """What the helping stages may take at most, so that a server that hangs leaves time for the answer itself."""
    embed_s: float = 5.0
    tone: str = ""
    """How the company wants to sound; empty for the usual."""
    link_hosts: frozenset[str] = frozenset()
    """The only hosts that answers may link to; empty: any that the cited passages name."""


class NoCheckpoints:
    """Checkpoints of questions that belong to no turn: nothing is kept."""

    async def load(self, request: ModelRequest) -> Completion | None:
        """See Checkpoints."""
        del request
        return None

    async def save(self, request: ModelRequest, completion: Completion) -> int | None:
        """See Checkpoints."""
        del request, completion
        return None

    async def admit(self) -> None:
        """See Checkpoints."""


class AnswerWithModel:
    """AnswerModel for one question: all its stages share a budget, and every paid reply is kept at once."""

    def __init__(
        self,
        model: LanguageModel,
        checkpoints: Checkpoints,
        budget: Budget,
        choices: Choices,
        *,
        shown: Shown | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        """`shown`: who sees the answer while it is written; `embedder`: knows what texts mean; both may be missing."""
        self._model = model
        self._checkpoints = checkpoints
        self._budget = budget
        self._choices = choices
        self._shown = shown
        self._embedder = embedder
        self._understood: str | None = None
        self._vault = Vault()
        self._spent: list[dict[str, Any]] = []

    @property
    def spent(self) -> Sequence[dict[str, Any]]:
        """What each request cost, for the trace."""
        return self._spent

    async def rewrite(self, question: Question) -> Question:
        """See AnswerModel. Only follow-ups cost a request; where that fails, the question stays as it is."""
        if not read_question(question).follow_up:
            return question
        history = [replace(turn, text=self._outgoing(turn.text)) for turn in question.history]
        request = rewrite_request(
            self._choices.rewrite_model or self._choices.answer_model, self._outgoing(question.text), history
        )
        try:
            rewritten = read_rewritten(await self._paid(request, self._budget.within(self._choices.rewrite_s)))
        except ModelError as error:
            self._note_failure(request, error)
            return question
        if len(rewritten) > _LONGEST_REWRITE:
            return question
        text = self._vault.restore(rewritten)
        self._understood = text
        return replace(question, text=text, history=())

    async def sense(self, text: str, space: SenseSpace) -> Sense | None:
        """See AnswerModel. A model of another length by now is as good as one that is away."""
        if self._embedder is None:
            return None
        begun, budget = time.perf_counter(), self._budget.within(self._choices.embed_s)
        try:
            await self._checkpoints.admit()
            asked = self._outgoing(text)
            (vector,) = await self._embedder.embed([asked], budget, space.model, space.asked_dimensions)
        except ModelError as error:
            self._spent.append({"request": "embed", "model": space.model, "failed": error.cause})
            return None
        taken = round((time.perf_counter() - begun) * 1000, 1)
        self._spent.append({"request": "embed", "model": space.model, "dimensions": len(vector), "ms": taken})
        return Sense(space, vector) if len(vector) == space.dimensions else None

    async def rerank(self, query: Query, ranked: Sequence[Ranked]) -> Sequence[Ranked]:
        """See AnswerModel. Where it is not needed or fails, the order stays as it is."""
        if not self._needs_rerank(ranked):
            return ranked
        first = ranked[:RERANKED]
        request = rerank_request(
            self._choices.reranking_model, self._outgoing(query.text), [without_orders(one.passage) for one in first]
        )
        try:
            order = read_ranking(await self._paid(request, self._budget.within(self._choices.rerank_s)), len(first))
        except ModelError as error:
            self._note_failure(request, error)
            return ranked
        return [*(first[place] for place in order), *ranked[RERANKED:]]

    async def answer(self, question: Question, ranked: Sequence[Ranked], confidence: float) -> ModelAnswer:
        """See AnswerModel."""
        passages = [without_orders(one.passage) for one in ranked[:ANSWERED_FROM]]
        language = read_question(question).language
        text = self._outgoing(self._understood or question.text)
        history = () if self._understood or not read_question(question).follow_up else question.history
        said = [replace(turn, text=self._outgoing(turn.text)) for turn in history]
        request = answer_request(
            self._choices.answer_model, text, passages, language, tone=self._choices.tone, history=said
        )
        secrets = Secrets(request.system, self._choices.tone, self._choices.link_hosts)
        new_check = partial(GroundingCheck, passages, secrets, text)
        draft = None if self._shown is None else DraftAnswer(self._shown, new_check, self._vault, confidence)
        try:
            composed = read_answer(await self._paid(request, self._budget, draft.hear if draft else None))
        except ModelError as error:
            self._note_failure(request, error)
            if draft is not None:
                await draft.withdraw()
            if isinstance(error, ModelUnavailableError):
                raise
            doubt: Reason = "model_timeout" if isinstance(error, ModelTimeoutError) else "model_output"
            return ModelAnswer("", (), supported=False, doubt=doubt)
        checked = self._checked(composed, passages, confidence, new_check())
        if draft is not None and not checked.supported:
            await draft.withdraw()
        return checked

    def _checked(
        self, composed: ComposedAnswer, passages: Sequence[Passage], confidence: float, check: GroundingCheck
    ) -> ModelAnswer:
        if not composed.answerable:
            return ModelAnswer("", (), supported=False, doubt="not_in_documents")
        grounding = check.of_all(composed.with_texts(self._vault.without))
        self._spent.append({"check": grounding.fault or "holds", "share": round(grounding.share, 3)})
        if not grounding.holds:
            return ModelAnswer("", (), supported=False, doubt="unsupported_answer")
        return ModelAnswer(
            written_text(composed.with_texts(self._vault.restore)),
            cited(composed, passages),
            supported=True,
            complete=composed.complete,
            confidence=model_confidence(confidence, grounding.share, complete=composed.complete),
        )

    def _outgoing(self, text: str) -> str:
        """What people wrote, as it may leave."""
        return self._vault.mask(text) if self._choices.masked else text

    def _needs_rerank(self, ranked: Sequence[Ranked]) -> bool:
        if self._choices.rerank == "never" or len(ranked) <= 1:
            return False
        return self._choices.rerank == "always" or not (_is_clear(ranked) or _is_within_reach(ranked))

    def reachable(self, confidence: float) -> float:
        """See AnswerModel."""
        return model_confidence(confidence, 1.0, complete=True)

    async def _paid(self, request: ModelRequest, budget: Budget, heard: Heard | None = None) -> Completion:
        """The model's reply, from the checkpoint where this question has paid for it before."""
        begun = time.perf_counter()
        completion, cost, kept = await self._checkpoints.load(request), None, True
        if completion is None:
            await self._checkpoints.admit()
            completion, kept = await self._model.complete(request, budget, heard), False
            cost = await self._checkpoints.save(request, completion)
        self._spent.append(
            {
                "request": request.stage,
                "model": completion.model or request.model,
                "prompt_version": VERSION,
                "prompt_tokens": completion.usage.prompt,
                "completion_tokens": completion.usage.completion,
                "cost_micro": cost,
                "ms": round((time.perf_counter() - begun) * 1000, 1),
                "kept": kept,
            }
        )
        return completion

    def _note_failure(self, request: ModelRequest, error: ModelError) -> None:
        self._spent.append({"request": request.stage, "model": request.model, "failed": error.cause})


def _is_clear(ranked: Sequence[Ranked]) -> bool:
    best = ranked[0]
    rival = next((one for one in ranked if one.passage.document != best.passage.document), None)
    return rival is None or best.total - rival.total >= CLEAR_LEAD * best.total


def _is_within_reach(ranked: Sequence[Ranked]) -> bool:
    """Whether nothing that would be left out comes near to the best."""
    left_out = ranked[ANSWERED_FROM:]
    return not left_out or left_out[0].total < LEFT_OUT_NEAR * ranked[0].total
