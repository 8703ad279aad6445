"""Words that make another statement of the same words: before for after, at most for at least."""

from functools import lru_cache
from typing import Final

from supportbot.answerer.domain.lists import lines_of
from supportbot.common.knowledge.tokens import normalise, stem

_LIST: Final = "opposites.txt"


@lru_cache(1)
def _sides() -> dict[str, tuple[int, int]]:
    """Stem → its pair and the side of it."""
    pairs = [line.split("=") for line in lines_of(_LIST)]
    return {
        stem(normalise(word.strip())): (number, side)
        for number, pair in enumerate(pairs)
        for side, written in enumerate(pair)
        for word in written.split(",")
    }


def is_opposed(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts, by the stems of their words, differ in the side of a pair, and have the same pairs.

    Where one has a pair more, such as "less than a day before" beside "later", both may well say the same.
    """
    mine, theirs = _by_pair(one), _by_pair(other)
    return mine.keys() == theirs.keys() and sum(mine[pair].isdisjoint(theirs[pair]) for pair in mine) % 2 == 1


def tells_sides(word: str) -> bool:
    """Whether a stem is of such a pair: what it says is compared by itself."""
    return word in _sides()


def _by_pair(stems: frozenset[str]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for one in stems:
        if one in _sides():
            pair, side = _sides()[one]
            found.setdefault(pair, set()).add(side)
    return found
