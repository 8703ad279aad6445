"""Find, for the person who is to answer, what only operators may see."""

from dataclasses import replace
from typing import Final

from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.domain.query import read_question
from supportbot.answerer.domain.related_words import RelatedWords
from supportbot.answerer.use_cases.retrieve_passages import retrieve_passages
from supportbot.common.knowledge.port import KnowledgeIndex

MOST: Final = 3
_NOT_SEARCHED: Final = ("asked_for_person", "empty_question")


async def with_passages_for_operators(
    question: Question, answer: Answer, index: KnowledgeIndex, known: RelatedWords
) -> Answer:
    """An escalation with those passages before the ones that everybody may see; nothing is made of them here."""
    if answer.decision != "escalate" or answer.reason in _NOT_SEARCHED:
        return answer
    if not await index.has_for_operators():
        return answer
    found = await retrieve_passages(read_question(question), index, known, reader="operators")
    only = [one for one in found.ranked if one.passage.audience != "public"][:MOST]
    if not only:
        return answer
    passages = (*(one.passage for one in only), *answer.passages)
    return replace(answer, passages=passages, scores=(*(round(one.total, 2) for one in only), *answer.scores))
