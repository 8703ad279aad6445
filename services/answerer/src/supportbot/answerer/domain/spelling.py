"""Words of a question that the documents do not have, taken for words that they do have, one slip away."""

from collections.abc import Iterable
from typing import Final

from supportbot.common.knowledge.tokens import content_words

_SHORTEST: Final = 5
"""Shorter words have too many neighbours."""


def correct(unknown: Iterable[str], texts: Iterable[str]) -> dict[str, str]:
    """For each unknown word the first one in these texts, best text first, that is one slip away from it."""
    wanted = [word for word in unknown if len(word) >= _SHORTEST and not word.isdigit()]
    found: dict[str, str] = {}
    seen: set[str] = set()
    for text in texts:
        if len(found) == len(wanted):
            break
        fresh = set(content_words(text)) - seen
        seen |= fresh
        for word in wanted:
            if word not in found and (near := [other for other in fresh if one_slip_apart(word, other)]):
                found[word] = min(near, key=lambda other: (abs(len(other) - len(word)), other))
    return found


def one_slip_apart(one: str, other: str) -> bool:
    """One letter dropped, added or changed, or two neighbours swapped."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    if len(one) == len(other):
        start = _common(one, other)
        end = _common(one[: start - 1 : -1] if start else one[::-1], other[: start - 1 : -1] if start else other[::-1])
        middle = len(one) - start - end
        swapped = middle == 2 and one[start] == other[start + 1] and one[start + 1] == other[start]  # noqa: PLR2004
        return middle == 1 or swapped
    short, long = sorted((one, other), key=len)
    start = _common(short, long)
    return short[start:] == long[start + 1 :]


def _common(one: str, other: str) -> int:
    """Length of the common beginning."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))
