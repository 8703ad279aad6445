"""What of a query each sentence of a passage says."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from supportbot.answerer.domain.sentences import Sentence, split
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.tokens import content_words, stem, transliterate

_CACHED_WORDS = 1 << 13


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a query with their worth (weight times idf), each kind adding up to 1."""

    stems: Mapping[str, float]
    grams: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SentenceMatch:
    """A sentence and which of the query's terms it has."""

    sentence: Sentence
    stems: frozenset[str]
    grams: frozenset[str]
    score: float


@dataclass(frozen=True, slots=True)
class PassageMatch:
    """A passage, sentence by sentence."""

    passage: Passage
    sentences: tuple[SentenceMatch, ...]
    stems: frozenset[str]
    """The query's stems that it has anywhere, title and headings included."""
    heading_score: float
    """How much of the query its title and headings say."""

    @property
    def best(self) -> float:
        """How much of the query its best sentence says."""
        return max((match.score for match in self.sentences), default=0.0)


def match_passage(passage: Passage, terms: Terms) -> PassageMatch:
    """Compare a passage with a query."""
    heading, _, heading_score = _compare("\n".join((passage.title, *passage.headings)), terms)
    sentences = tuple(
        SentenceMatch(sentence, *_compare(passage.text[sentence.start : sentence.end], terms))
        for sentence in split(passage.text)
    )
    return PassageMatch(passage, sentences, heading.union(*(match.stems for match in sentences)), heading_score)


def _compare(text: str, terms: Terms) -> tuple[frozenset[str], frozenset[str], float]:
    """The terms that a text has, and their worth."""
    said = [known_word(word) for word in content_words(text)]
    stems = frozenset([stem for stem, _ in said if stem in terms.stems])
    heard = "".join([sound for _, sound in said])
    grams = frozenset([gram for gram in terms.grams if gram in heard])
    score = sum([terms.stems[found] for found in stems]) + sum([terms.grams[gram] for gram in grams])
    return stems, grams, score / 2


@lru_cache(_CACHED_WORDS)
def known_word(word: str) -> tuple[str, str]:
    """A word's stem and its sound between marks, remembered: passages repeat their words."""
    return stem(word), f"<{transliterate(word)}>"
