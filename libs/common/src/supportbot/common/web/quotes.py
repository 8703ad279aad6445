"""Finding a quoted sentence in the passage it was taken from, and making Markdown readable as plain text."""

import re
from collections.abc import Sequence

_RULE = re.compile(r"^(?=[^\n]*--)[ \t:|-]++$\n?", re.MULTILINE)
_ROW = re.compile(r"^[ \t]*+\|(.*)\|[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\s]+\)")
_GAP = re.compile(r"\n{3,}")


Marked = tuple[tuple[str, bool], ...]
"""A text in pieces; true where a piece is quoted."""


def mark_quotes(passage: str, quotes: Sequence[str]) -> Marked:
    """The passage with each quote marked where it stands in it; the quotes alone where none of them does.

    Runs of white space count as equal, because passages keep their lines and quotes do not.
    """
    text = readable(passage)
    spans = sorted(span for quote in quotes if (span := _place(text, quote)) is not None)
    if not spans:
        return tuple((readable(quote), True) for quote in quotes if quote.strip())
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in spans:
        pieces += [(text[at:start], False), (text[max(at, start) : end], True)]
        at = max(at, end)
    pieces.append((text[at:], False))
    return tuple(piece for piece in pieces if piece[0])


def quotes_found(passage: str, quotes: Sequence[str]) -> int:
    """How many of the quotes stand in the passage."""
    text = readable(passage)
    return sum(_place(text, quote) is not None for quote in quotes)


def _place(text: str, quote: str) -> tuple[int, int] | None:
    words = readable(quote).split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return None if found is None else found.span()


def readable(markdown: str) -> str:
    """Markdown without its signs, for places that show plain text: rows of tables become lines."""
    text = rows_as_lines(markdown)
    text = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", _HEADING.sub("", text)))
    return _GAP.sub("\n\n", text).strip()


def rows_as_lines(markdown: str) -> str:
    """Tables as lines, for places that are too narrow for them."""
    return _ROW.sub(lambda row: " · ".join(cell.strip() for cell in row.group(1).split("|")), _RULE.sub("", markdown))
