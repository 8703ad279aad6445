"""Lines of pages become headings, paragraphs, lists and code again, by their sizes, places and marks."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from supportbot.indexer.adapters.readers.page_content import Line, PageContent, Table
from supportbot.indexer.adapters.tables import table_rows
from supportbot.indexer.domain.lines import unwrapped
from supportbot.indexer.domain.outline import LONGEST_HEADING, Outline

_BULLET: Final = re.compile(r"^(?:[•·▪◦‣●○■□➢➤✓–—*\ue000-\uf8ff-]|o)\s+(?=\S)")
_NUMBERED: Final = re.compile(r"^(\(?\d{1,3}[.)])\s+(?=\S)")
_ENDS: Final = re.compile(r"[.!?…:;][\"'»”)]*$")
_LETTER: Final = re.compile(r"[^\W\d_]")
_LARGER: Final = 1.12
_FARTHER: Final = 1.35
"""Than usual lines stand from each other: there a paragraph begins."""
_FARTHEST_OF_A_HEADING: Final = 1.45
"""Sizes of its type from line to line of one heading."""
_LONGEST_BOLD: Final = 120
_MOST_HEADINGS: Final = 0.35
"""Share of the lines: where more look like headings, their type means something else."""
_FEW_LINES: Final = 12
_INDENT: Final = 6.0
_DEEPEST: Final = 5
_MOST_LEVELS: Final = 4


@dataclass(frozen=True, slots=True)
class Type:
    """How a document is set."""

    body: float
    """The size of most of its letters."""
    distance: float
    """From line to line."""
    sizes: tuple[float, ...]
    """Of headings, the largest first."""
    bold_means: bool
    """Whether lines in bold type are headings."""

    def level(self, line: Line) -> int:
        """Of a heading, counted from 1; 0 where it is none."""
        text = line.text
        if len(text) > LONGEST_HEADING or not _LETTER.search(text) or line.fixed:
            return 0
        if line.size in self.sizes:
            return min(self.sizes.index(line.size) + 1, _MOST_LEVELS)
        alone = line.bold and len(text) <= _LONGEST_BOLD and not _ENDS.search(text) and not _BULLET.match(text)
        return min(len(self.sizes), _MOST_LEVELS) + 1 if alone and self.bold_means else 0


def type_of(pages: Sequence[PageContent]) -> Type:
    """How the pages of a document are set."""
    lines = [line for page in pages for line in page.lines]
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    body = letters.most_common(1)[0][0] if letters else 0.0
    larger = {line.size for line in lines if line.size >= _LARGER * body and len(line.text) <= LONGEST_HEADING}
    many = max(_FEW_LINES, len(lines)) * _MOST_HEADINGS
    if sum(1 for line in lines if line.size in larger) > many:
        larger = set()
    distances = [
        one.middle - other.middle
        for page in pages
        for one, other in pairwise(page.lines)
        if one.size == other.size == body and 0 < one.middle - other.middle < 3 * body
    ]
    bold = sum(1 for line in lines if line.bold)
    return Type(body, median(distances or [1.2 * body]), tuple(sorted(larger, reverse=True)), bold <= many)


def is_one_heading(before: Line, line: Line) -> bool:
    """Whether two lines of the same type stand so near to each other that they are one heading."""
    return 0 < before.middle - line.middle <= _FARTHEST_OF_A_HEADING * line.size


class PageReader:
    """Adds pages, in their order, to an outline."""

    def __init__(self, outline: Outline, kind: Type) -> None:
        self._outline = outline
        self._type = kind
        self._lines: list[Line] = []
        self._heading: list[Line] = []
        self._code: list[Line] = []
        self._items: list[tuple[int, list[str]]] = []
        self._lefts: list[float] = []
        self._last: Line | None = None
        self._columns: list[str] = []

    def add(self, page: PageContent) -> None:
        """Add a page; what is open goes on."""
        begins = True
        for part in page.parts:
            if isinstance(part, Line):
                self._add_line(part, page.number)
            else:
                self.finish()
                self._outline.page = page.number
                self._add_table(part, goes_on=begins)
            begins = False

    def finish(self) -> None:
        """Nothing follows on what is open."""
        if self._heading:
            text = unwrapped("\n".join(line.text for line in self._heading)).replace("\n", " ")
            self._outline.heading(self._type.level(self._heading[0]), text)
        if self._lines:
            self._outline.add("paragraph", [unwrapped("\n".join(line.text for line in self._lines))])
        if self._code:
            self._outline.add("code", _indented(self._code))
        if self._items:
            self._outline.add("list", _listed(self._items))
        self._heading, self._lines, self._code, self._items, self._lefts = [], [], [], [], []

    def _add_line(self, line: Line, page: int) -> None:
        level = self._type.level(line)
        if level:
            self._add_heading(line, level)
        elif line.fixed:
            self._begin_unless(bool(self._code))
            self._code.append(line)
        elif _BULLET.match(line.text) or (_NUMBERED.match(line.text) and self._may_number(line)):
            self._begin_unless(bool(self._items))
            self._add_item(line)
        elif self._items and self._belongs_to_item(line):
            self._items[-1][1].append(line.text)
        else:
            self._begin_unless(bool(self._lines) and self._follows(line))
            self._lines.append(line)
        if self._outline.page != page and not self._is_going_on(line):
            self._outline.page = page
        self._last = line

    def _is_going_on(self, line: Line) -> bool:
        """Whether what is open began before this line: then it stands on the page on which it began."""
        for open_lines in (self._heading, self._lines, self._code):
            if open_lines:
                return open_lines[0] is not line
        return len(self._items) > 1 or bool(self._items and len(self._items[0][1]) > 1)

    def _begin_unless(self, goes_on: bool) -> None:  # noqa: FBT001  # reads as a sentence
        if not goes_on or self._heading:
            self.finish()

    def _add_heading(self, line: Line, level: int) -> None:
        before = self._heading[-1] if self._heading else None
        goes_on = before is not None and is_one_heading(before, line) and self._type.level(before) == level
        if not goes_on:
            self.finish()
        self._heading.append(line)

    def _follows(self, line: Line) -> bool:
        """Whether a line goes on with the paragraph that is open."""
        before = self._lines[-1]
        drop = before.middle - line.middle
        if drop <= 0 or drop > 3 * self._type.distance:  # another column or page, or something between
            return not _ENDS.search(before.text) and before.size == line.size
        indented = line.left - self._lines[0].left > _INDENT and bool(_ENDS.search(before.text))
        return drop <= _FARTHER * max(self._type.distance, line.size) and not indented

    def _belongs_to_item(self, line: Line) -> bool:
        if self._last is None:
            return False
        drop = self._last.middle - line.middle
        near = drop <= _FARTHER * max(self._type.distance, line.size) if drop > 0 else not _ENDS.search(self._last.text)
        return near and line.left > self._lefts[0] + 1

    def _may_number(self, line: Line) -> bool:
        """A number begins an item; within a paragraph only where a line ended before its time or a sentence did."""
        return not self._lines or bool(_ENDS.search(self._lines[-1].text)) or not self._follows(line)

    def _add_item(self, line: Line) -> None:
        while self._lefts and line.left < self._lefts[-1] - _INDENT and len(self._lefts) > 1:
            self._lefts.pop()
        if not self._lefts or line.left > self._lefts[-1] + _INDENT:
            self._lefts.append(line.left)
        numbered = _NUMBERED.match(line.text)
        mark = f"{numbered[1]} " if numbered else "- "
        text = line.text[numbered.end() :] if numbered else _BULLET.sub("", line.text)
        self._items.append((min(len(self._lefts) - 1, _DEEPEST), [mark + text]))

    def _add_table(self, table: Table, *, goes_on: bool) -> None:
        """The names of columns hold on the next page as well, where the table goes on there."""
        names, rows = table.rows[0], table.rows
        if table.named or names == self._columns:
            self._columns, rows = names, rows[1:]
        elif not (goes_on and len(self._columns) == len(names)):
            self._columns = []
        self._outline.add("table", table_rows(self._columns or [""] * len(names), rows))


def _listed(items: Sequence[tuple[int, list[str]]]) -> list[str]:
    """Items of the first level with those below them."""
    listed: list[str] = []
    for depth, lines in items:
        text = "  " * depth + unwrapped("\n".join(lines)).replace("\n", " ")
        if depth and listed:
            listed[-1] += "\n" + text
        else:
            listed.append(text)
    return listed


def _indented(lines: Sequence[Line]) -> list[str]:
    """Lines of code as far from the left as they stand."""
    left = min(line.left for line in lines)
    width = median([line.letter for line in lines])
    return [" " * max(0, round((line.left - left) / width)) + line.text for line in lines]
