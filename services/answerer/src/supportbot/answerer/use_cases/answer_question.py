"""Answer a question from the knowledge base, or say that a person must."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from supportbot.answerer.domain.answer import Answer, Question, Reason, json_ready
from supportbot.answerer.domain.composing import Composed, compose
from supportbot.answerer.domain.confidence import probability
from supportbot.answerer.domain.deciding import Draft, cited_first, decide, right_of_such
from supportbot.answerer.domain.evidence import weigh_evidence
from supportbot.answerer.domain.extraction import extract
from supportbot.answerer.domain.query import Query, can_stand_alone, read_question
from supportbot.answerer.domain.ranking import Ranked, documents
from supportbot.answerer.domain.recalibration import AS_IS
from supportbot.answerer.domain.related_words import RelatedWords, related_words
from supportbot.answerer.domain.retrieved import Retrieved
from supportbot.answerer.domain.small_talk import asks_for_person, small_talk
from supportbot.answerer.ports import AnswerModel
from supportbot.answerer.use_cases.answer_parts import in_parts
from supportbot.answerer.use_cases.read_keyboard import as_meant
from supportbot.answerer.use_cases.retrieve_passages import retrieve_passages
from supportbot.answerer.use_cases.show_operators import with_passages_for_operators
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.senses import Sense, signs
from supportbot.common.models.errors import ModelUnavailableError
from supportbot.common.telemetry.metrics import STAGE_SECONDS
from supportbot.common.telemetry.tracing import span

DOCUMENTS: Final = 10
PASSAGES: Final = 5


@dataclass(slots=True)
class Trace:
    """What each stage saw and took."""

    stages: list[dict[str, Any]] = field(default_factory=list)
    sense: dict[str, Any] | None = None
    """What the question means, for whoever gathers questions."""

    @contextmanager
    def stage(self, name: str) -> Iterator[dict[str, Any]]:
        """Time a stage; what it notes in the yielded mapping is kept."""
        notes: dict[str, Any] = {}
        begun = time.perf_counter()
        try:
            with span(f"answerer.{name}"):
                yield notes
        finally:
            taken = time.perf_counter() - begun
            STAGE_SECONDS.labels(name).observe(taken)
            self.stages.append({"stage": name, "ms": round(taken * 1000, 3), **json_ready(notes)})


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is searched, and which words stand for each other in it."""

    index: KnowledgeIndex
    related_words: Callable[[], RelatedWords]


@dataclass(frozen=True, slots=True)
class Searching:
    """Where it is searched and with whose help, and from which confidence on what is found will do."""

    knowledge: Knowledge
    model: AnswerModel | None
    threshold: float


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
        answer = await self._answered(question, model)
        index, known = self._knowledge.index, self._knowledge.related_words()
        if model is None:
            answer = await in_parts(question, answer, index, partial(self._answered, model=None))
        return await with_passages_for_operators(question, answer, index, known)

    async def _answered(self, question: Question, model: AnswerModel | None) -> Answer:
        trace, threshold, recalibration = Trace(), self.threshold, self.recalibration
        question, query, early = await _understand(question, self._knowledge.index, trace)
        if early is not None:
            return early
        leans_back = query.follow_up
        searching = Searching(self._knowledge, model, threshold)
        query, retrieved, confidence = await _search(question, query, searching, trace)
        if model is not None and leans_back and confidence < threshold:
            query = await _rewrite(question, query, model, trace)
            query, retrieved, confidence = await _search(question, query, searching, trace)
        if not retrieved.ranked:
            return _escalation(query, "nothing_found" if retrieved.indexed else "empty_knowledge_base", trace)
        asked = model if model is not None and recalibration(model.reachable(confidence)) >= threshold else None
        ranked = await _rerank(query, retrieved.ranked, asked, trace)
        draft = None if asked is None else await _write(question, ranked, confidence, asked, trace)
        if draft is None:
            ranked, draft = retrieved.ranked, _quote(retrieved.ranked, confidence, asked, trace)
        else:
            ranked = cited_first(ranked, draft)
        decided = decide(query, replace(draft, confidence=recalibration(draft.confidence)), threshold)
        seen = _seen(ranked, model, trace)
        told = {"raw_confidence": round(draft.confidence, 4), "right_of_such": right_of_such(draft, decided)}
        return replace(decided, **{**seen, "trace": {**seen["trace"], **told}})


async def _understand(question: Question, index: KnowledgeIndex, trace: Trace) -> tuple[Question, Query, Answer | None]:
    """The question as it was meant, also where it was typed with the keyboard set to the other language."""
    with trace.stage("understand") as notes:
        said = _said_without_asking(question.text)
        if said is None and (text := await as_meant(question.text, index)) != question.text:
            notes["typed"] = question.text
            question = replace(question, text=text)
            said = _said_without_asking(text)
        query = read_question(question)
        notes |= {"language": query.language, "words": query.weights, "follow_up": query.follow_up}
    if said == "asked_for_person":
        return question, query, _escalation(query, said, trace)
    if said is not None:
        key = small_talk(question.text) or "empty"
        return question, query, _reply(query, f"answer.{key}", said, trace)
    return question, query, None


def _said_without_asking(text: str) -> Reason | None:
    """Why a message needs no search, where it needs none."""
    if asks_for_person(text):
        return "asked_for_person"
    if small_talk(text) is not None:
        return "small_talk"
    return None if text.strip() else "empty_question"


async def _rewrite(question: Question, query: Query, model: AnswerModel, trace: Trace) -> Query:
    with trace.stage("rewrite") as notes:
        try:
            rewritten = await model.rewrite(question)
        except ModelUnavailableError as error:
            notes["error"] = str(error)
            return query
        notes["text"] = rewritten.text
        return read_question(rewritten)


async def _search(
    question: Question, query: Query, searching: Searching, trace: Trace
) -> tuple[Query, Retrieved, float]:
    """What is found and how sure it is. A short question is tried alone before words of earlier turns are borrowed.

    Most short questions in a conversation are new ones; borrowed words would only make the search less sure of them.
    """
    if query.follow_up and can_stand_alone(question.text):
        alone = read_question(replace(question, history=()))
        retrieved = await _retrieve(alone, searching, trace)
        confidence = _confidence(alone, retrieved, trace)
        if not retrieved.ranked or confidence >= searching.threshold:
            return alone, retrieved, confidence  # also where the documents know none of its words: no others help
    retrieved = await _retrieve(query, searching, trace)
    return query, retrieved, _confidence(query, retrieved, trace)


async def _retrieve(query: Query, searching: Searching, trace: Trace) -> Retrieved:
    knowledge = searching.knowledge
    sense = await _sense(query, searching, trace)
    with trace.stage("retrieve") as notes:
        retrieved = await retrieve_passages(query, knowledge.index, knowledge.related_words(), sense)
        notes |= {"indexed": retrieved.indexed, "corrections": retrieved.corrections, "unknown": retrieved.unknown}
        notes["found"] = [_noted(one) for one in retrieved.ranked[:DOCUMENTS]]
        return retrieved


async def _sense(query: Query, searching: Searching, trace: Trace) -> Sense | None:
    """What a question means, in the space of the passages; None where there is no such space, or no model now."""
    space = None if searching.model is None else await searching.knowledge.index.sense_space()
    if searching.model is None or space is None:
        return None
    with trace.stage("embed") as notes:
        sense = await searching.model.sense(query.text, space)
        notes |= {"model": space.model, "embedded": sense is not None}
    if sense is not None:
        trace.sense = {"model": space.model, "dimensions": space.dimensions, "signs": signs(sense.vector)}
    return sense


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


def _confidence(query: Query, retrieved: Retrieved, trace: Trace) -> float:
    with trace.stage("confidence") as notes:
        evidence = weigh_evidence(query, retrieved)
        confidence = probability(evidence)
        notes |= {"evidence": evidence.by_name() if evidence else None, "confidence": confidence}
        return confidence


async def _write(
    question: Question, ranked: Sequence[Ranked], confidence: float, model: AnswerModel, trace: Trace
) -> Draft | None:
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
        return Draft(composed, sure, written.doubt, caveat=not written.complete)


def _quote(ranked: Sequence[Ranked], confidence: float, model: AnswerModel | None, trace: Trace) -> Draft:
    """The documents' own words, in the search's order, of which the confidence speaks."""
    with trace.stage("quote") as notes:
        composed = compose(extract(ranked))
        notes["quotes"] = [citation.chunk_id for citation in composed.citations]
        return Draft(composed, confidence, "low_confidence" if model is None else "model_unavailable", quoted=True)


def _seen(ranked: Sequence[Ranked], model: AnswerModel | None, trace: Trace) -> dict[str, Any]:
    return {
        "ranked": tuple(documents(ranked)[:DOCUMENTS]),
        "passages": tuple(one.passage for one in ranked[:PASSAGES]),
        "scores": tuple(round(one.total, 2) for one in ranked[:PASSAGES]),
        "trace": _whole(trace) | ({} if model is None else {"model": json_ready(list(model.spent))}),
    }


def _escalation(query: Query, reason: Reason, trace: Trace) -> Answer:
    key = "answer.escalated_on_request" if reason == "asked_for_person" else "answer.escalated"
    return Answer("escalate", reason, query.language, message_key=key, trace=_whole(trace))


def _reply(query: Query, key: str, reason: Reason, trace: Trace) -> Answer:
    return Answer("reply", reason, query.language, message_key=key, trace=_whole(trace))


def _noted(one: Ranked) -> Mapping[str, Any]:
    return {
        "document": one.passage.document,
        "chunk": one.passage.chunk_id,
        "stems": one.stems,
        "grams": one.grams,
        "dense": one.dense,
        "total": one.total,
    }


def _whole(trace: Trace) -> dict[str, Any]:
    whole = {"stages": trace.stages, "ms": round(sum(stage["ms"] for stage in trace.stages), 3)}
    return whole if trace.sense is None else {**whole, "sense": trace.sense}
