"""Read a question that was typed with the keyboard set to the other language."""

from collections.abc import Iterable

from supportbot.answerer.domain.analysis import known_stem
from supportbot.answerer.domain.keyboard import LONGEST, other_layout, retyped, senseless
from supportbot.answerer.domain.question_words import is_light
from supportbot.answerer.domain.small_talk import is_small_talk_word
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.stop_words import STOP_WORDS
from supportbot.common.knowledge.tokens import grams, words
from supportbot.common.knowledge.vectors import term_number


async def as_meant(text: str, index: KnowledgeIndex) -> str:
    """The text as it was meant: what the documents have, or anybody says, was not mistyped."""
    if len(text) > LONGEST:
        return text
    plausible = await _plausible(_words_of(text.split()), index)
    doubtful = senseless(text, plausible.__contains__)
    if not doubtful:
        return text  # as nearly always: the other layout need not be looked at
    plausible |= await _plausible(_words_of(map(other_layout, doubtful)), index)
    return retyped(text, plausible.__contains__)


def _words_of(tokens: Iterable[str]) -> set[str]:
    return {word for token in tokens for word in words(token)}


def _is_usual(word: str) -> bool:
    return word in STOP_WORDS or word.isdigit() or is_small_talk_word(word) or is_light(word)


async def _plausible(said: set[str], index: KnowledgeIndex) -> set[str]:
    """The words that people say, or that documents have: by their letters too, as counters of stems are shared."""
    usual = {word for word in said if _is_usual(word)}
    asked = said - usual
    stems = {word: term_number(known_stem(word)) for word in asked}
    groups = {word: {term_number(gram) for gram in grams([word])} for word in asked}
    known_stems = await index.frequencies("stems", list(stems.values()))
    known_groups = await index.frequencies("grams", list(set().union(*groups.values())))
    return usual | {word for word in asked if stems[word] in known_stems and groups[word] <= known_groups.keys()}
