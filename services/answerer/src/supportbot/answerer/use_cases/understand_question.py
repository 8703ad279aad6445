"""Understand a message: as it was meant, and whether it needs a search at all."""

from dataclasses import replace

from supportbot.answerer.domain.answer import Answer, Decision, Question, Reason
from supportbot.answerer.domain.calls_for_person import asks_for_person
from supportbot.answerer.domain.query import Query, read_question
from supportbot.answerer.domain.small_talk import small_talk
from supportbot.answerer.use_cases.answer_trace import Trace
from supportbot.answerer.use_cases.read_keyboard import as_meant
from supportbot.common.knowledge.port import KnowledgeIndex


async def understand(question: Question, index: KnowledgeIndex, trace: Trace) -> tuple[Question, Query, Answer | None]:
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
        return question, query, _without_search(query, "escalate", "answer.escalated_on_request", said, trace)
    if said is not None:
        key = small_talk(question.text) or "empty"
        return question, query, _without_search(query, "reply", f"answer.{key}", said, trace)
    return question, query, None


def _said_without_asking(text: str) -> Reason | None:
    """Why a message needs no search, where it needs none."""
    if asks_for_person(text):
        return "asked_for_person"
    if small_talk(text) is not None:
        return "small_talk"
    return None if text.strip() else "empty_question"


def _without_search(query: Query, decision: Decision, key: str, reason: Reason, trace: Trace) -> Answer:
    return Answer(decision, reason, query.language, message_key=key, trace=trace.whole())
