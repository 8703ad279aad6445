"""Texts as sparse vectors: BM25's document side stored with the passage, its idf given by the question."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, Literal
from zlib import crc32

from supportbot.common.knowledge.passages import Passage, SparseVector
from supportbot.common.knowledge.tokens import content_words, grams, stem

Space = Literal["stems", "grams"]
SPACES: Final[tuple[Space, ...]] = ("stems", "grams")
ENCODING: Final = "1"
"""Changes whenever a stored vector would come out differently; part of every chunk id, so that all is encoded again."""

K1: Final = 0.9
B: Final = 0.4
_REMEMBERED: Final = 1 << 14
"""Terms whose numbers are at hand, some 2 MB: a question asks for the same numbers over and over."""
_USUAL_LENGTH: Final = {"stems": 80.0, "grams": 400.0}
"""Terms in a passage of usual length. A constant, not the corpus' mean: a stored weight must not age."""


@lru_cache(_REMEMBERED)
def term_number(term: str) -> int:
    """A stable 32-bit number of a term, the same in every process and version."""
    return crc32(term.encode("utf-8", "replace"))


def terms(text: str, space: Space) -> list[str]:
    """The terms of a text in a vector space, with repeats."""
    return _terms(content_words(text), space)


def passage_text(passage: Passage) -> str:
    """What of a passage is searched: its title, headings and context stand in front of the text."""
    context = (passage.context,) if passage.context else ()
    return "\n".join((passage.title, *passage.headings, *context, passage.text))


def encode_passage(passage: Passage) -> dict[Space, SparseVector]:
    """The stored vectors of a passage: how much each term says about it (BM25 without idf)."""
    content = content_words(passage_text(passage))
    counts = {space: Counter(map(term_number, _terms(content, space))) for space in SPACES}
    return {space: _saturated(counted, _USUAL_LENGTH[space]) for space, counted in counts.items()}


def encode_question(counts: Mapping[int, float], idf: Mapping[int, float]) -> SparseVector:
    """The vector of a question: idf times how often, or how strongly, it names each term."""
    known = [number for number in counts if number in idf]
    return SparseVector(tuple(known), tuple(counts[number] * idf[number] for number in known))


def count_terms(found: Iterable[str]) -> dict[int, float]:
    """How often each term number occurs."""
    return {number: float(count) for number, count in Counter(map(term_number, found)).items()}


def inverse_frequency(frequency: float, passages: int) -> float:
    """BM25's idf as Lucene has it: never negative. `frequency` is the number of passages with the term."""
    return math.log(1 + (max(passages, frequency) - frequency + 0.5) / (frequency + 0.5))


def _terms(content: list[str], space: Space) -> list[str]:
    return [stem(word) for word in content] if space == "stems" else list(grams(content))


def _saturated(counts: Counter[int], usual: float) -> SparseVector:
    length = K1 * (1 - B + B * counts.total() / usual)
    return SparseVector(tuple(counts), tuple(count * (K1 + 1) / (count + length) for count in counts.values()))
