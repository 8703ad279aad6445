"""Words of a question that the documents do not have, taken for words that they do have, one slip away."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from supportbot.common.knowledge.tokens import content_words, transliterate

_SHORTEST: Final = 5
"""Shorter words have too many neighbours;"""
_SHORTEST_CHANGED: Final = 6
"""in shorter ones a changed letter makes another word more often than a slip: saint, point and print are not paint."""
_SHORTEST_BEGUN: Final = 8
"""A first letter too many or too few is a slip only in a word as long as this: an iphone is no phone."""
_ROWS: Final = (("qwertyuiop", "asdfghjkl", "zxcvbnm"), ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"))
_SOUNDS: Final = "aeiouy аеиоуыэюя bp бп dt дт fv фв gkq гк szc зс жшщ ckq gj йи ъь".split()
"""Letters that people write for each other."""
_REMEMBERED: Final = 256
"""Texts whose words are kept, some 2 MB: the same passages are found again and again."""


def correct(unknown: Iterable[str], texts: Iterable[str]) -> dict[str, str]:
    """For each unknown word the first one in these texts, best text first, that is one slip away or sounds the same.

    `vernut` sounds as `вернуть` does: people without a Russian keyboard write so.
    """
    wanted = [word for word in unknown if len(word) >= _SHORTEST and not word.isdigit()]
    found: dict[str, str] = {}
    seen: set[str] = set()
    for text in texts:
        if len(found) == len(wanted):
            break
        fresh = _words_of(text) - seen
        seen |= fresh
        heard = _heard_in(text)
        for word in wanted:
            alike = heard.get(transliterate(word))
            if word not in found and alike and alike.isascii() != word.isascii():
                found[word] = alike
            elif word not in found and (near := _near(word, fresh)):
                found[word] = min(near, key=lambda other: (abs(len(other) - len(word)), other))
    return found


@lru_cache(_REMEMBERED)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(content_words(text))


@lru_cache(_REMEMBERED)
def _heard_in(text: str) -> dict[str, str]:
    """The text's words by their sounds; a text of nothing but stop words has none."""
    said = sorted(_words_of(text))
    if not said:
        return {}
    return dict(zip(transliterate("\n".join(said)).split("\n"), said, strict=True))


def _near(word: str, others: Iterable[str]) -> list[str]:
    """Those one slip away; first a cheap look, as one slip cannot change both ends of a word."""
    first, last = word[0], word[-1]
    alike = (other for other in others if other[0] == first or other[-1] == last)
    return [other for other in alike if one_slip_apart(word, other) and _is_likely(word, other)]


def _is_likely(word: str, other: str) -> bool:
    """Whether it may be a slip and not another word: a changed letter is one near it or one that sounds alike."""
    changed = [pair for pair in zip(word, other, strict=False) if pair[0] != pair[1]]
    if len(word) != len(other) and word[0] != other[0]:
        return max(len(word), len(other)) >= _SHORTEST_BEGUN
    if len(word) != len(other) or len(changed) > 1:
        return True
    return len(word) >= _SHORTEST_CHANGED and word[0] == other[0] and changed[0] in _mistakable()


@lru_cache(1)
def _mistakable() -> frozenset[tuple[str, str]]:
    """Pairs of letters, both ways round."""
    pairs = {(one, other) for group in _SOUNDS for one in group for other in group}
    for rows in _ROWS:
        places = {letter: (x, y) for y, row in enumerate(rows) for x, letter in enumerate(row)}
        pairs |= {
            (one, other)
            for one, (x, y) in places.items()
            for other, (to_x, to_y) in places.items()
            if abs(x - to_x) <= 1 and abs(y - to_y) <= 1
        }
    return frozenset(pairs)


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
