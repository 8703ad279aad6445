"""How common a word is in any text: in a small knowledge base "need" may be as rare as "warranty"."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from supportbot.answerer.domain.lists import lines_of
from supportbot.common.knowledge.vectors import term_number

PASSAGES: Final = 50
"""So many passages of everyday text are thought to be indexed beside the real ones, which outweigh them where they are
many. Chosen by leaving out each of seven help centres; flat from 25 to 100."""
_WORDS: Final = 60
"""The length of such a passage."""
_LIST: Final = "common_words.txt"
_COUNTED_IN: Final = 100_000


def expected(term: int) -> float:
    """Among so many passages of everyday text those that have a stem, by its number; 0 for what is not common."""
    return _expected().get(term, 0.0)


@lru_cache(1)
def _expected() -> Mapping[int, float]:
    found: dict[int, float] = {}
    for line in lines_of(_LIST):
        often, _, stems = line.partition(" = ")
        share = 1 - math.exp(-_WORDS * float(often) / _COUNTED_IN)
        found |= {term_number(stem): PASSAGES * share for stem in stems.split()}
    return found
