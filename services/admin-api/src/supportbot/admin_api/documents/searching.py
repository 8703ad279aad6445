"""Passages by the words that operators type: beginnings of words, the rarer the better; no index, no model."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.tokens import content_words, normalise, stem, with_whole_numbers, words

MOST_WORDS: Final = 16
_SATURATION: Final = 1.2
_USUAL_LENGTH: Final = 600
"""Characters of a passage; in a longer one a word counts less."""
_IN_HEADINGS: Final = 3
_SHORTEST: Final = 3
"""Letters of a stem from which on it stands for the words that begin with it; shorter words are looked for whole."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for."""

    beginnings: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    phrase: re.Pattern[str]
    """All words of the query in their order, whatever signs stand between them."""


@dataclass(frozen=True, slots=True)
class Hit:
    """How often each wanted word occurs in a passage."""

    document: str
    position: int
    counts: tuple[int, ...]
    length: int
    has_phrase: bool


def wanted_of(query: str) -> Wanted | None:
    """What a query looks for; None where there is no word in it."""
    said = list(dict.fromkeys(content_words(query) or words(query)))[:MOST_WORDS]
    if not said:
        return None
    looked_for = dict(map(_looked_for, said))
    phrase = re.compile(r"[\W_]+".join(map(re.escape, words(query))))
    return Wanted(tuple(looked_for), tuple(looked_for.values()), phrase)


def hits_in(passages: Iterable[Passage], wanted: Wanted) -> list[Hit]:
    """The passages in which one of the words occurs at least."""
    found = (_hit(passage, wanted) for passage in passages)
    return [hit for hit in found if any(hit.counts)]


def best(hits: Sequence[Hit], passages: int, limit: int) -> list[tuple[Hit, float]]:
    """The best of them with their scores, best first: BM25 over beginnings of words, times the share of words found."""
    if not hits:
        return []
    documents = [sum(1 for hit in hits if hit.counts[word]) for word in range(len(hits[0].counts))]
    weights = [math.log(1 + (passages - n + 0.5) / (n + 0.5)) for n in documents]
    scored = [(hit, _score(hit, weights)) for hit in hits]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0].document, pair[0].position))[:limit]


def _hit(passage: Passage, wanted: Wanted) -> Hit:
    headings = normalise(" ".join((passage.title, *passage.headings)))
    text = with_whole_numbers(passage.text)
    pairs = list(zip(wanted.beginnings, wanted.patterns, strict=True))
    counts = tuple(
        _count(text, start, pattern) + _IN_HEADINGS * min(1, _count(headings, start, pattern))
        for start, pattern in pairs
    )
    has_phrase = len(pairs) > 1 and all(counts) and wanted.phrase.search(text) is not None
    return Hit(passage.document, passage.position, counts, len(text), has_phrase)


def _score(hit: Hit, weights: Sequence[float]) -> float:
    longer = 0.25 + 0.75 * hit.length / _USUAL_LENGTH
    score = sum(
        weight * count * (_SATURATION + 1) / (count + _SATURATION * longer)
        for weight, count in zip(weights, hit.counts, strict=True)
    )
    share = sum(1 for count in hit.counts if count) / len(hit.counts)
    return round(score * share * (1.5 if hit.has_phrase else 1), 4)


def _looked_for(word: str) -> tuple[str, re.Pattern[str]]:
    """What all forms of a word begin with, as its stem tells, and the pattern of those forms.

    English stems turn a `y` at the end into an `i`: `deliveri` stands for `delivery` and `deliveries`.
    """
    stemmed, ending = stem(word), ""
    same = takewhile(lambda letters: letters[0] == letters[1], zip(word, stemmed, strict=False))
    beginning = "".join(letter for letter, _ in same)
    if stemmed.isascii() and stemmed.endswith("i"):
        beginning, ending = stemmed[:-1], "[iy]"
    if len(beginning) < _SHORTEST:
        beginning, ending = word, r"(?![^\W_])"
    return beginning, re.compile(rf"(?<![^\W_]){re.escape(beginning)}{ending}")


def _count(text: str, beginning: str, pattern: re.Pattern[str]) -> int:
    """A pattern alone would be tried at every letter; finding plain text is many times as quick."""
    found, place = 0, text.find(beginning)
    while place >= 0:
        found += pattern.match(text, place) is not None
        place = text.find(beginning, place + len(beginning))
    return found
