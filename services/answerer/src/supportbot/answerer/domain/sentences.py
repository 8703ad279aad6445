"""A passage cut into sentences, list items and table rows, by their places in its text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["sentence", "item", "row", "heading"]

_LINE: Final = re.compile(r"[^\n]*\n?")
_HEADING: Final = re.compile(r"\s{0,3}#{1,6}\s")
_ITEM: Final = re.compile(r"\s*(?:[-*+•–—]|\d{1,3}[.)]|[a-zа-я][)])\s+(?=\S)", re.IGNORECASE)
_ROW: Final = re.compile(r"\s*\|.*\|\s*$")
_RULE: Final = re.compile(r"(?=[-=*_|:+\s]+$)\s*[-=*_|:+ ]{3,}\s*$|\s*(?:```|~~~).*$")
"""Looks over the whole line first: many blanks before a letter would otherwise cost their number to the third power."""
_END: Final = re.compile(r"[.!?…]+[»”\"')\]*_]*(?=\s)|[。！？]")
_NEXT: Final = re.compile(r"\s*[«“\"'(\[*_–—-]*\s*([^\W_])")
_LAST_WORD: Final = re.compile(r"(?:[^\W\d_]|[.])*[^\W\d_]$|\d+$")
_TITLES_AND_PLACES: Final = """
    mr mrs ms dr prof st mt vs e.g i.e fig figs no nos vol pp approx cf al gen col sgt capt rev hon jr sr dept est
    jan feb mar apr jun jul aug sep sept oct nov dec ext tel min max incl
    т.е т.к т.н напр им см ср рис табл ул пр просп пер д кв корп стр гл ст п пп акад проф доц тел доб обл р-н св в.о
"""
_UNITS: Final = "г гг в вв руб коп тыс млн млрд кг см мм км ч мин сек стр п шт д"
_NEVER_LAST: Final = frozenset(_TITLES_AND_PLACES.split())
_AFTER_NUMBER_LAST: Final = frozenset(_UNITS.split())
_LONGEST: Final = 16
"""So many letters before a full stop are looked at."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of a text that can be quoted alone: `text[start:end]`, without blanks around it."""

    start: int
    end: int
    kind: Kind
    block: int
    """Number of its paragraph, list or table."""


def split(text: str) -> tuple[Sentence, ...]:
    """All sentences of a text in their order; they do not overlap, and only blanks and rules lie between them."""
    found: list[Sentence] = []
    for block, (kind, start, end) in enumerate(_blocks(text)):
        pieces = _paragraph(text, start, end) if kind == "sentence" else iter([(start, end)])
        number = _block_number(found, kind, block, text[found[-1].end : start] if found else "")
        found.extend(Sentence(*trimmed, kind, number) for piece in pieces if (trimmed := _trim(text, *piece)))
    return tuple(found)


def _block_number(found: list[Sentence], kind: Kind, block: int, between: str) -> int:
    """Items and rows that follow each other without a paragraph between them are one list or table."""
    joined = found and found[-1].kind == kind and kind in ("item", "row") and between.count("\n") <= 2  # noqa: PLR2004
    return found[-1].block if joined else block


def _blocks(text: str) -> Iterator[tuple[Kind, int, int]]:
    """Lines put together: a paragraph or an item goes on until a blank line or the next mark."""
    kind: Kind | None = None
    start = end = 0
    for match in _LINE.finditer(text):
        line = match.group()
        if not line.strip() or _RULE.match(line):
            mark: Kind | None = None
        else:
            mark = _mark(line)
        continues = kind in ("sentence", "item") and mark == "sentence"
        if kind is not None and not continues:
            yield kind, start, end
            kind = None
        if mark is not None:
            if kind is None:
                kind, start = mark, match.start()
            end = match.end()
    if kind is not None:
        yield kind, start, end


def _mark(line: str) -> Kind:
    if _HEADING.match(line):
        return "heading"
    if _ROW.match(line):
        return "row"
    return "item" if _ITEM.match(line) else "sentence"


def _paragraph(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begun = start
    for match in _END.finditer(text, start, end):
        if _is_border(text, begun, match.start(), match.end(), end):
            yield begun, match.end()
            begun = match.end()
    yield begun, end


def _is_border(text: str, begun: int, mark: int, after: int, end: int) -> bool:
    following = _NEXT.match(text, after, end)
    if following is None:
        return False
    letter = following.group(1)
    if letter.islower():
        return False
    if text[mark] != "." or text[mark : mark + 2] == "..":
        return True
    return not _is_abbreviation(text[begun:mark])


def _is_abbreviation(before: str) -> bool:
    """Whether the full stop after these words belongs to a shortened word, an initial or a list number."""
    tail = before[-_LONGEST:]
    match = _LAST_WORD.search(tail)
    if match is None:
        return False
    word = match.group().casefold()
    if word.isdigit():
        return before.strip() == word
    if word in _AFTER_NUMBER_LAST and tail[: match.start()].rstrip()[-1:].isdigit():
        return False
    return len(word.rpartition(".")[2]) == 1 or word in _NEVER_LAST


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    return (start, end) if start < end else None
