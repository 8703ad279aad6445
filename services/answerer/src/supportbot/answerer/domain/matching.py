"""What of a query each sentence of a passage says."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from supportbot.answerer.domain.relating import Related
from supportbot.answerer.domain.sentences import Sentence, split
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.tokens import content_words, stem, transliterate, words

_CACHED_WORDS = 1 << 13


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a query with their worth (weight times idf), each kind adding up to 1."""

    stems: Mapping[str, float]
    grams: Mapping[str, float]
    asked: frozenset[str] = frozenset()
    """Stems of all words of the question, also those that say nothing alone: "where is" is not "when is"."""
    information: float = 0.0
    """What the stems are worth together, in the worth of a word that only one passage has."""
    related: Related = field(default_factory=dict)


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
    title_score: float
    """How much of the query its document's title says."""
    heading_score: float
    """How much of the query the heading right above it says; the title where there is none."""
    likeness: float
    """How nearly its title or one of its headings is the question, word by word (Dice's coefficient)."""

    @property
    def lead_score(self) -> float:
        """How much of the query is said above it: its beginning is then the answer, though it may not repeat it."""
        return max(self.heading_score, self.title_score if self.passage.position == 0 else 0.0)

    @property
    def best(self) -> float:
        """How much of the query its best sentence says."""
        return max((match.score for match in self.sentences), default=0.0)


def match_passage(passage: Passage, terms: Terms) -> PassageMatch:
    """Compare a passage with a query."""
    places = split(passage.text)
    texts = (passage.text[place.start : place.end] for place in places)
    (title, _, title_score), (last, _, last_score), *said = _compare(
        [passage.title, passage.headings[-1] if passage.headings else passage.title, *texts], terms
    )
    sentences = tuple(SentenceMatch(place, *found) for place, found in zip(places, said, strict=True))
    above = terms.stems.keys() & {known_stem(word) for heading in passage.headings for word in content_words(heading)}
    found = title.union(last, above, *(match.stems for match in sentences))
    likeness = max(_likeness(heading, terms) for heading in (passage.title, *passage.headings))
    return PassageMatch(passage, sentences, found, title_score, last_score, likeness)


def _likeness(heading: str, terms: Terms) -> float:
    said = {known_stem(word) for word in words(heading)}
    shared = said & terms.asked
    alike = len(shared) + sum(_standing_in(said - shared, terms.asked - said, terms).values())
    return 2 * alike / ((len(said) + len(terms.asked)) or 1)


def _standing_in(said: Iterable[str], missing: Collection[str], terms: Terms) -> dict[str, float]:
    """Of the missing stems those that a related word stands for, and how well."""
    found: dict[str, float] = {}
    for word in said:
        if word in terms.related:
            for meant, strength in terms.related[word].items():
                if meant in missing:
                    found[meant] = max(strength, found.get(meant, 0.0))
    return found


def _compare(texts: Sequence[str], terms: Terms) -> list[tuple[frozenset[str], frozenset[str], float]]:
    """The terms that each text has, and their worth; all at once, because most of the time goes into calls."""
    said = [content_words(text) for text in texts]
    heard = transliterate("\n".join([f"<{'><'.join(one)}>" for one in said])).split("\n")
    return [_worth(one, sounds, terms) for one, sounds in zip(said, heard, strict=True)]


def _worth(said: list[str], heard: str, terms: Terms) -> tuple[frozenset[str], frozenset[str], float]:
    all_stems = {known_stem(word) for word in said}
    stems = frozenset(all_stems & terms.stems.keys())
    grams = frozenset([gram for gram in terms.grams if gram in heard])
    score = sum([terms.stems[found] for found in stems]) + sum([terms.grams[gram] for gram in grams])
    for meant, strength in _standing_in(all_stems, terms.stems.keys() - stems, terms).items():
        score += terms.stems[meant] * strength
    return stems, grams, score / 2


@lru_cache(_CACHED_WORDS)
def known_stem(word: str) -> str:
    """A word's stem, remembered: passages repeat their words."""
    return stem(word)
