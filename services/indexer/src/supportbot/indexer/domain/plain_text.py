"""Plain text: paragraphs between empty lines, headings that are underlined, lists by their marks."""

import re

from supportbot.indexer.domain.outline import LONGEST_HEADING, Outline
from supportbot.indexer.domain.parsed import ParsedDocument

_EMPTY_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_UNDERLINE = re.compile(r"(={3,}|-{3,}|~{3,})\s*")
_ITEM = re.compile(r"\s*(?:[-*•–]|\d{1,3}[.)])\s+\S")
_LEVELS = {"=": 1, "-": 2, "~": 3}
_MOST_LINES_OF_A_HEADING = 2


def parse_plain_text(text: str, title: str = "") -> ParsedDocument:
    """A document of paragraphs; an underlined line is a heading, the first of which may be the title."""
    outline = Outline(title)
    for paragraph in _EMPTY_LINES.split(text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")):
        _read(paragraph, outline)
    return ParsedDocument(outline.title, outline.finish())


def _read(paragraph: str, outline: Outline) -> None:
    lines = [line.rstrip() for line in paragraph.split("\n")]
    if len(lines) >= _MOST_LINES_OF_A_HEADING and _is_underlined(lines[0], lines[1]):
        outline.heading(_LEVELS[lines[1][0]], lines[0])
        lines = lines[2:]
    if not lines:
        return
    if _ITEM.match(lines[-1]) and any(_ITEM.match(line) for line in lines):
        _read_list(lines, outline)
    else:
        outline.add("paragraph", ["\n".join(lines)])


def _is_underlined(line: str, below: str) -> bool:
    return bool(_UNDERLINE.fullmatch(below)) and 0 < len(line.strip()) <= LONGEST_HEADING


def _read_list(lines: list[str], outline: Outline) -> None:
    first = next(number for number, line in enumerate(lines) if _ITEM.match(line))
    outline.add("paragraph", ["\n".join(lines[:first])])
    items: list[list[str]] = []
    for line in lines[first:]:
        if _ITEM.match(line) or not items:
            items.append([line])
        else:
            items[-1].append(line)
    outline.add("list", ["\n".join(item) for item in items])
