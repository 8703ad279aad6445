"""Tables of a page that no rules draw: words that stand in columns below each other, and were written row by row."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from supportbot.indexer.adapters.readers.page_rows import Cell, Row, rows_of
from supportbot.indexer.adapters.readers.page_words import Rule, Word, joined
from supportbot.indexer.adapters.tables import names_columns

_NEXT_ROW: Final = 2.0
"""Sizes of the type that are left between two rows at most."""
_ALIGNED: Final = 2.0
"""Points."""
_FEWEST_ROWS: Final = 3
_FEWEST_COLUMNS: Final = 2
_FILLED: Final = 0.7
_LONG: Final = 45
"""Characters: two columns of longer cells are a page that is set in columns."""
_LONGEST: Final = 300
_BULLET: Final = re.compile(r"[•·▪◦‣●○■□➢➤✓–—*o\ue000-\uf8ff-]|")
_NUMBER: Final = re.compile(r"\(?(?:\d{1,3}|\w{1,2}[.)])[.)]?")
_FIGURE: Final = re.compile(r"\d")
_OF_FIGURES: Final = 0.6
_LEADERS: Final = re.compile(r"(?:[.…_] ?){4}")


@dataclass(frozen=True, slots=True)
class AlignedTable:
    """Words from `begin` to before `end`, as rows of cells."""

    begin: int
    end: int
    rows: list[list[str]]
    named: bool
    """Whether the first row says what the columns are."""


def aligned_tables(words: Sequence[Word], rules: Sequence[Rule]) -> list[AlignedTable]:
    """The tables among these words, in their order. `rules`: those across, which may tell a row of names."""
    rows = rows_of(words)
    ends = [*(row.begin for row in rows[1:]), len(words)]
    found = []
    for first, last, columns in _runs(rows):
        run = rows[first:last]
        cells = [[_text(row, column) for column in columns] for row in run]
        if _is_table(run, cells):
            named = names_columns(cells) and _is_named(run, cells, rules)
            found.append(AlignedTable(run[0].begin, ends[last - 1], cells, named))
    return found


def _runs(rows: Sequence[Row]) -> Iterator[tuple[int, int, list[tuple[float, float]]]]:
    """Rows that follow on each other and whose cells stand in the same columns: from, to before, the columns."""
    first, columns = 0, list[tuple[float, float]]()
    for place, row in enumerate(rows):
        wider = _columns_with(columns, row) if len(row.cells) > 1 else None
        if wider is None or (columns and not _is_below(rows[place - 1], row)):
            yield first, place, columns
            first = place if len(row.cells) > 1 else place + 1
            wider = (_columns_with([], row) or []) if len(row.cells) > 1 else []
        columns = wider
    yield first, len(rows), columns


def _columns_with(columns: Sequence[tuple[float, float]], row: Row) -> list[tuple[float, float]] | None:
    """The columns, made so wide that they hold the row's cells; None where these stand otherwise."""
    made = list(columns)
    taken: set[tuple[float, float]] = set()
    for cell in row.cells:
        left, right = _edges(cell)
        touched = [column for column in made if column[0] < right and left < column[1]]
        if len(touched) > 1 or (touched and touched[0] in taken):
            return None
        for column in touched:
            made.remove(column)
            left, right = min(left, column[0]), max(right, column[1])
        made.append((left, right))
        taken.add((left, right))
    made.sort()
    return None if any(one[1] > other[0] for one, other in pairwise(made)) else made


def _edges(cell: Cell) -> tuple[float, float]:
    return min(piece.left for piece in cell), max(piece.right for piece in cell)


def _is_below(above: Row, row: Row) -> bool:
    size = row.cells[0][0].size
    return -size / 2 <= above.bottom - row.top <= _NEXT_ROW * size


def _text(row: Row, column: tuple[float, float]) -> str:
    for cell in row.cells:
        left, right = _edges(cell)
        if column[0] <= left and right <= column[1]:
            return joined(word for piece in cell for word in piece.words)
    return ""


def _is_table(run: Sequence[Row], cells: Sequence[Sequence[str]]) -> bool:
    """Whether it is neither code, a list, a table of contents, nor a page that is set in columns."""
    if len(run) < _FEWEST_ROWS or len(cells[0]) < _FEWEST_COLUMNS:
        return False
    by_column = list(zip(*cells, strict=True))
    long = sum(1 for column in by_column if median([len(cell) for cell in column]) > _LONG)
    lengths = [len(cell) for row in cells for cell in row]
    filled = sum(1 for length in lengths if length)
    is_code = all(word.fixed for row in run for word in row.words)
    is_dense = filled >= _FILLED * len(lengths) and max(lengths) <= _LONGEST and long <= 1
    return is_dense and not (is_code or _is_list(by_column) or _is_of_contents(cells))


def _is_list(by_column: Sequence[Sequence[str]]) -> bool:
    """Whether all that the first column holds are marks of items."""
    may_be_numbers = len(by_column) == _FEWEST_COLUMNS
    return all(_BULLET.fullmatch(cell) or (may_be_numbers and _NUMBER.fullmatch(cell)) for cell in by_column[0])


def _is_of_contents(cells: Sequence[Sequence[str]]) -> bool:
    with_leaders = sum(1 for row in cells if any(_LEADERS.search(cell) for cell in row))
    return with_leaders * 2 > len(cells)


def _is_named(run: Sequence[Row], cells: Sequence[Sequence[str]], rules: Sequence[Rule]) -> bool:
    """Whether the first row stands out: by its type, a rule below it alone, or as the only one without figures."""
    bold = [all(word.bold for word in row.words) for row in run]
    if bold[0] and not any(bold[1:]):
        return True
    ruled = [_is_ruled(above, row, rules) for above, row in pairwise(run)]
    if ruled[0] and not any(ruled[1:]):
        return True
    return any(_is_of_figures(column[1:]) for column in zip(*cells, strict=True))


def _is_ruled(above: Row, row: Row, rules: Sequence[Rule]) -> bool:
    """Whether a rule is drawn between them, below most of the upper one."""
    left, right = min(word.left for word in above.words), max(word.right for word in above.words)
    return any(
        row.top - _ALIGNED <= rule.place <= above.bottom + _ALIGNED
        and min(rule.end, right) - max(rule.start, left) >= (right - left) / 2
        for rule in rules
    )


def _is_of_figures(column: Sequence[str]) -> bool:
    return sum(1 for cell in column if _FIGURE.search(cell)) >= _OF_FIGURES * len(column)
