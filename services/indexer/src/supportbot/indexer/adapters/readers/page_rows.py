"""Words of a page as pieces of lines, and those that were written beside and below each other as rows of cells."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from supportbot.indexer.adapters.readers.page_words import Word

_GUTTER: Final = 0.8
"""Sizes of the type that are left between two cells at least; a blank of set lines is narrower, as a rule."""
_SAME_LINE: Final = 0.6
_NEXT_LINE: Final = 1.6
"""Sizes of the type from line to line of one cell."""
_ALIGNED: Final = 2.0
"""Points."""
_MOST_LINES: Final = 6
_NEAR: Final = 4
_BEGUN: Final = 2
"""So many cells of so near rows begin at a place where a cell of another row is cut."""


@dataclass(slots=True)
class Piece:
    """Words of one line without a gutter between them."""

    words: list[Word]

    @property
    def left(self) -> float:
        return self.words[0].left

    @property
    def right(self) -> float:
        return self.words[-1].right

    @property
    def middle(self) -> float:
        return (self.words[0].top + self.words[0].bottom) / 2

    @property
    def size(self) -> float:
        return self.words[0].size

    def beside(self, other: "Piece") -> bool:
        """Whether they stand on the same line."""
        return abs(self.middle - other.middle) <= (1 - _SAME_LINE) * min(self.size, other.size)

    def aligned(self, other: "Piece") -> bool:
        """Whether they begin, end or are centred at the same place."""
        begin, end = abs(self.left - other.left), abs(self.right - other.right)
        centre = abs(self.left + self.right - other.left - other.right) / 2
        return min(begin, end, centre) <= _ALIGNED


Cell = list[Piece]


@dataclass(slots=True)
class Row:
    begin: int
    cells: list[Cell] = field(default_factory=list)

    @property
    def pieces(self) -> Iterator[Piece]:
        return (piece for cell in self.cells for piece in cell)

    @property
    def words(self) -> list[Word]:
        return [word for piece in self.pieces for word in piece.words]

    @property
    def top(self) -> float:
        return max(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        return min(word.bottom for word in self.words)


def rows_of(words: Sequence[Word]) -> list[Row]:
    """Pieces that were written after each other, as far as they stand in one row of whatever it may be."""
    rows: list[Row] = []
    for begin, piece in _pieces(words):
        row = rows[-1] if rows else None
        if row is None or not (_add_cell(rows, row, piece) or _add_line(row, piece)):
            rows.append(Row(begin, [[piece]]))
    for place, row in enumerate(rows):
        _cut_where_others_begin(row, [*rows[max(0, place - _NEAR) : place], *rows[place + 1 : place + 1 + _NEAR]])
    return rows


def _cut_where_others_begin(row: Row, near: Sequence[Row]) -> None:
    """Two cells with hardly any room between them, as one fills its column, are cut where those around begin."""
    lefts = Counter(round(cell[0].left) for other in near for cell in other.cells[1:])
    begin = [left for left, times in lefts.items() if times >= _BEGUN]
    cut: list[Cell] = []
    for cell in row.cells:
        words = cell[0].words if begin and len(cell) == 1 else []
        at = [n for n, word in enumerate(words) if n and any(abs(word.left - left) <= _ALIGNED for left in begin)]
        places = [0, *at, len(words)]
        cut += [[Piece(words[one:other])] for one, other in pairwise(places)] if at else [cell]
    row.cells = cut


def _pieces(words: Sequence[Word]) -> Iterator[tuple[int, Piece]]:
    begin = 0
    for place in range(1, len(words) + 1):
        if place == len(words) or not _follows(words[place - 1], words[place]):
            yield begin, Piece(list(words[begin:place]))
            begin = place


def _follows(before: Word, word: Word) -> bool:
    common = min(before.top, word.top) - max(before.bottom, word.bottom)
    lower = min(before.top - before.bottom, word.top - word.bottom)
    gap = word.left - before.right
    return common >= _SAME_LINE * lower and -lower <= gap < _GUTTER * min(before.size, word.size)


def _add_cell(rows: list[Row], row: Row, piece: Piece) -> bool:
    """Take a piece as the next cell of a row, if it stands to the right, and at the height of one of its lines."""
    first = row.cells[0]
    beside = next((place for place, one in enumerate(first) if one.beside(piece)), None)
    above = beside if beside and len(row.cells) == 1 else 0  # lines that are no part of the row
    if beside is None and not (len(first) <= _MOST_LINES and first[-1].middle <= piece.middle <= first[0].middle):
        return False
    if (beside and not above) or piece.left < max(one.right for one in row.cells[-1][above:]):
        return False
    if above:
        row.cells[0] = first[:above]
        rows.append(Row(row.begin + sum(len(one.words) for one in first[:above]), [first[above:]]))
    rows[-1].cells.append([piece])
    return True


def _add_line(row: Row, piece: Piece) -> bool:
    """Take a piece as the next line of the last cell."""
    last = row.cells[-1][-1]
    drop = last.middle - piece.middle
    if not 0 < drop <= _NEXT_LINE * min(last.size, piece.size) or not last.aligned(piece):
        return False
    row.cells[-1].append(piece)
    return True
