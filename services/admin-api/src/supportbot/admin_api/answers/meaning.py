"""How near questions are in what they mean, by the signs of their embeddings, which are stored with their answers.

Signs agree by chance more or less often, by the model and by what is asked about; so near is what agrees far more often
than two of these questions usually do.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

FAR: Final = 3.0
"""So many deviations above the usual agreement count as near. Measured with a small English model on 266 questions
about 52 texts: pairs were gathered with F1 = .63, by words alone with .32; flat from 2 to 4."""
LEAST: Final = 0.2
"""And at least so far: among thousands of questions some agree by chance."""
_DEVIATION: Final = 1.4826
"""From the median distance to the standard deviation, which the few that are alike would stretch."""
_FEWEST: Final = 8
"""From fewer questions nobody can tell what is usual."""
_SAMPLED: Final = 5000


@dataclass(frozen=True, slots=True)
class Meaning:
    """The signs of a question's vector; only those of the same space can be compared."""

    space: tuple[str, int]
    signs: int


class Nearness:
    """Compares questions by their places in a list."""

    def __init__(self, meanings: Sequence[Meaning | None]) -> None:
        """None where nobody knows what a question means. Of several spaces the one that most are in counts."""
        spaces = [one.space for one in meanings if one is not None]
        self._space = max(set(spaces), key=spaces.count) if spaces else None
        self._signs = [one.signs if one is not None and one.space == self._space else None for one in meanings]
        self._usual, self._width = self._measured([one for one in self._signs if one is not None])

    def __bool__(self) -> bool:
        """Whether anything can be compared."""
        return self._width > 0

    def __call__(self, place: int, members: Sequence[int]) -> float:
        """How near a question is to others on average: 1 and more is near, 0 as usual; 0 also where it is not known."""
        own = self._signs[place]
        if own is None or not self:
            return 0.0
        others = [signs for member in members if (signs := self._signs[member]) is not None]
        if not others:
            return 0.0
        agreement = sum(self._agreement(own, signs) for signs in others) / len(others)
        return (agreement - self._usual) / self._width

    def _measured(self, known: Sequence[int]) -> tuple[float, float]:
        """The usual agreement, and how far above it near begins."""
        if len(known) < _FEWEST:
            return 0.0, 0.0
        chance = random.Random(len(known))  # noqa: S311  # the same questions are gathered in the same way
        pairs = [chance.sample(known, 2) for _ in range(_SAMPLED)]
        found = [self._agreement(first, second) for first, second in pairs]
        usual = median(found)
        return usual, max(LEAST, FAR * _DEVIATION * median(abs(one - usual) for one in found))

    def _agreement(self, first: int, second: int) -> float:
        """From 1, all signs the same, to -1."""
        assert self._space is not None
        return 1 - 2 * (first ^ second).bit_count() / self._space[1]
