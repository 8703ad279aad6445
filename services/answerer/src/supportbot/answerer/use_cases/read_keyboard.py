"""Read a question that was typed with the keyboard set to the other language."""

from supportbot.answerer.domain.analysis import known_stem
from supportbot.answerer.domain.keyboard import LONGEST, retyped, tokens_both_ways
from supportbot.answerer.domain.small_talk import is_small_talk_word
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.stop_words import STOP_WORDS
from supportbot.common.knowledge.tokens import grams
from supportbot.common.knowledge.vectors import term_number


async def as_meant(text: str, index: KnowledgeIndex) -> str:
    """The text as it was meant: what the documents have, or anybody says, was not mistyped."""
    if len(text) > LONGEST:
        return text
    said = set(tokens_both_ways(text))
    stems = {word: term_number(known_stem(word)) for word in said}
    groups = {word: {term_number(gram) for gram in grams([word])} for word in said}
    known_stems = await index.frequencies("stems", list(stems.values()))
    known_groups = await index.frequencies("grams", list(set().union(*groups.values())))

    def plausible(word: str) -> bool:
        """Whether people say it, or documents have it: by its letters too, as counters of stems are shared."""
        if word in STOP_WORDS or word.isdigit() or is_small_talk_word(word):
            return True
        return stems[word] in known_stems and groups[word] <= known_groups.keys()

    return retyped(text, plausible)
