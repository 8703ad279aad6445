"""Answer a question from the knowledge base, or say that a person must."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from supportbot.answerer.domain.answer import Answer, Question, Reason, json_ready
from supportbot.answerer.domain.composing import Composed, compose
from supportbot.answerer.domain.deciding import Proposal, cited_first, decide, right_of_such
from supportbot.answerer.domain.extraction import extract
from supportbot.answerer.domain.query import Query, read_question
from supportbot.answerer.domain.ranking import Ranked, documents
from supportbot.answerer.domain.recalibration import AS_IS
from supportbot.answerer.domain.related_words import RelatedWords, related_words
from supportbot.answerer.ports import AnswerModel
from supportbot.answerer.use_cases.answer_parts import in_parts
from supportbot.answerer.use_cases.answer_trace import Trace
from supportbot.answerer.use_cases.search_knowledge import DOCUMENTS, Knowledge, Searching, search
from supportbot.answerer.use_cases.show_operators import with_passages_for_operators
from supportbot.answerer.use_cases.understand_question import understand
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.models.errors import ModelUnavailableError

PASSAGES: Final = 5


class AnswerQuestion:
    """The one way to an answer, for users, the command line and evaluation alike."""

    def __init__(
        self, index: KnowledgeIndex, *, threshold: float, related_words: Callable[[], RelatedWords] = related_words
    ) -> None:
        """Confidence below `threshold` (0..1) escalates; `related_words` are asked for with every question."""
        self._knowledge = Knowledge(index, related_words)
        self.threshold = threshold
        """Below it a person answers; may change while questions are answered."""
        self.recalibration = AS_IS
        """What votes made of confidence; may change while questions are answered."""

    async def __call__(self, question: Question, model: AnswerModel | None = None) -> Answer:
        """Search, answer with the passages' own words or the model's, and decide by the confidence.

        A model is of this question alone: it has the question's budget. Without one, answers are quoted.
        Raises KnowledgeIndexUnavailableError; a model that is away is done without.
        """
        meant, answer = await self._answered(question, model)
        if model is None:
            answer = await in_parts(meant, answer, self._quoted)
        index, known = self._knowledge.index, self._knowledge.related_words()
        return await with_passages_for_operators(question, answer, index, known)

    async def _quoted(self, question: Question) -> Answer:
        _, answer = await self._answered(question, None)
        return answer

    async def _answered(self, question: Question, model: AnswerModel | None) -> tuple[Question, Answer]:
        """The question as it was meant, and its answer."""
        trace, threshold, recalibration = Trace(), self.threshold, self.recalibration
        question, query, early = await understand(question, self._knowledge.index, trace)
        if early is not None:
            return question, early
        leans_back = query.follow_up
        searching = Searching(self._knowledge, model, threshold)
        query, retrieved, confidence = await search(question, query, searching, trace)
        if model is not None and leans_back and confidence < threshold:
            query = await _rewrite(question, query, model, trace)
            query, retrieved, confidence = await search(question, query, searching, trace)
        if not retrieved.ranked:
            reason: Reason = "nothing_found" if retrieved.indexed else "empty_knowledge_base"
            return question, Answer(
                "escalate", reason, query.language, message_key="answer.escalated", trace=trace.whole()
            )
        writer = model if model is not None and recalibration(model.reachable(confidence)) >= threshold else None
        ranked = await _rerank(query, retrieved.ranked, writer, trace)
        proposal = None if writer is None else await _write(question, ranked, confidence, writer, trace)
        if proposal is None:
            ranked, proposal = retrieved.ranked, _quote(retrieved.ranked, confidence, writer, trace)
        else:
            ranked = cited_first(ranked, proposal)
        decided = decide(query, replace(proposal, confidence=recalibration(proposal.confidence)), threshold)
        seen = _seen(ranked, model, trace)
        told = {"raw_confidence": round(proposal.confidence, 4), "right_of_such": right_of_such(proposal, decided)}
        return question, replace(decided, **{**seen, "trace": {**seen["trace"], **told}})


async def _rewrite(question: Question, query: Query, model: AnswerModel, trace: Trace) -> Query:
    with trace.stage("rewrite") as notes:
        try:
            rewritten = await model.rewrite(question)
        except ModelUnavailableError as error:
            notes["error"] = str(error)
            return query
        notes["text"] = rewritten.text
        return read_question(rewritten)


async def _rerank(query: Query, ranked: Sequence[Ranked], model: AnswerModel | None, trace: Trace) -> Sequence[Ranked]:
    if model is None:
        return ranked
    with trace.stage("rerank") as notes:
        try:
            ranked = await model.rerank(query, ranked)
        except ModelUnavailableError as error:
            notes["error"] = str(error)
        notes["order"] = [one.passage.chunk_id for one in ranked[:DOCUMENTS]]
    return ranked


async def _write(
    question: Question, ranked: Sequence[Ranked], confidence: float, model: AnswerModel, trace: Trace
) -> Proposal | None:
    """What the model makes of the passages; None where it cannot be asked."""
    with trace.stage("write") as notes:
        try:
            written = await model.answer(question, ranked, confidence)
        except ModelUnavailableError as error:
            notes["error"] = str(error)
            return None
        sure = confidence if written.confidence is None else written.confidence
        notes |= {"supported": written.supported, "confidence": sure}
        composed = Composed(written.text, written.citations) if written.supported else None
        return Proposal(composed, sure, written.doubt, caveat=not written.complete)


def _quote(ranked: Sequence[Ranked], confidence: float, model: AnswerModel | None, trace: Trace) -> Proposal:
    """The documents' own words, in the search's order, of which the confidence speaks."""
    with trace.stage("quote") as notes:
        composed = compose(extract(ranked))
        notes["quotes"] = [citation.chunk_id for citation in composed.citations]
        return Proposal(composed, confidence, "low_confidence" if model is None else "model_unavailable", quoted=True)


def _seen(ranked: Sequence[Ranked], model: AnswerModel | None, trace: Trace) -> dict[str, Any]:
    return {
        "ranked": tuple(documents(ranked)[:DOCUMENTS]),
        "passages": tuple(one.passage for one in ranked[:PASSAGES]),
        "scores": tuple(round(one.total, 2) for one in ranked[:PASSAGES]),
        "trace": trace.whole() | ({} if model is None else {"model": json_ready(list(model.spent))}),
    }
