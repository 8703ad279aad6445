"""Search the knowledge base for a question, and weigh how sure what is found makes an answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from supportbot.answerer.domain.answer import Question
from supportbot.answerer.domain.confidence import probability
from supportbot.answerer.domain.evidence import weigh_evidence
from supportbot.answerer.domain.query import Query, can_stand_alone, read_question
from supportbot.answerer.domain.ranking import Ranked
from supportbot.answerer.domain.related_words import RelatedWords
from supportbot.answerer.domain.retrieved import Retrieved
from supportbot.answerer.ports import AnswerModel
from supportbot.answerer.use_cases.answer_trace import Trace
from supportbot.answerer.use_cases.retrieve_passages import retrieve_passages
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.senses import Sense, signs

DOCUMENTS: Final = 10
"""So many of what is found are kept in the trace and named as the answer's ranking."""


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


async def search(
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


def _confidence(query: Query, retrieved: Retrieved, trace: Trace) -> float:
    with trace.stage("confidence") as notes:
        evidence = weigh_evidence(query, retrieved)
        confidence = probability(evidence)
        notes |= {"evidence": evidence.by_name() if evidence else None, "confidence": confidence}
        return confidence


def _noted(one: Ranked) -> Mapping[str, Any]:
    return {
        "document": one.passage.document,
        "chunk": one.passage.chunk_id,
        "stems": one.stems,
        "grams": one.grams,
        "dense": one.dense,
        "total": one.total,
    }
