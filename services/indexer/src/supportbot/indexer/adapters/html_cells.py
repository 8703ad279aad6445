"""The cells of one table of a web page, as they come in."""

from collections.abc import Mapping
from typing import Final

from supportbot.indexer.adapters.tables import plain_rows, table_rows

_WIDEST: Final = 100
_LONGEST: Final = 1_000
_REPEATED: Final = 200
"""Characters of a cell that are said again in each row over which it goes."""


class Cells:
    """Rows of cells; the first row is the header where its cells are marked so."""

    def __init__(self, *, guess_header: bool = False) -> None:
        self._guess_header = guess_header
        self._rows: list[list[str]] = []
        self._marked: list[list[bool]] = []
        self._loose: list[str] = []
        self._across = 1
        self._below: dict[int, tuple[int, int]] = {}
        """By column: over how many rows more a cell goes, and in which row it stands."""

    def begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        """A row or cell begins."""
        if tag == "tr" or not self._rows:
            self._end_row()
            self._rows.append([])
            self._marked.append([])
        if tag in {"td", "th"}:
            self._end_cell()
            column, down = len(self._rows[-1]), _span(attributes, "rowspan", _LONGEST)
            self._across = _span(attributes, "colspan", _WIDEST)
            self._put("", header=tag == "th")
            if down > 1:
                self._below[column] = (down - 1, len(self._rows) - 1)

    def add(self, text: str) -> None:
        """Text of the current cell; what stands outside of cells, such as a caption, is kept before the rows."""
        if self._rows and self._rows[-1]:
            self._rows[-1][-1] += (" " if self._rows[-1][-1] else "") + text
        else:
            self._loose.append(text)

    def _end_row(self) -> None:
        if self._rows and self._rows[-1]:
            self._end_cell()

    def _end_cell(self) -> None:
        """Step over the columns that the cell before takes, and over those of cells that come from above."""
        for _ in range(1, self._across):
            self._put("", header=self._marked[-1][-1])
        self._across = 1
        while (column := len(self._rows[-1])) in self._below:
            rows, source = self._below.pop(column)
            text = self._rows[source][column]
            self._put(text if len(text) <= _REPEATED else "", header=self._marked[source][column])
            if rows > 1:
                self._below[column] = (rows - 1, source)

    def _put(self, text: str, *, header: bool) -> None:
        self._rows[-1].append(text)
        self._marked[-1].append(header)

    def rows(self) -> list[str]:
        """One line a row."""
        self._end_row()
        pairs = [(row, marks) for row, marks in zip(self._rows, self._marked, strict=True) if any(row)]
        if not pairs:
            return self._loose
        header, marks = pairs[0]
        if all(marks):
            return [*self._loose, *table_rows(header, [row for row, _ in pairs[1:]])]
        if self._guess_header:
            return [*self._loose, *plain_rows([row for row, _ in pairs])]
        return [*self._loose, *table_rows([""] * len(header), [row for row, _ in pairs])]


def _span(attributes: Mapping[str, str], name: str, most: int) -> int:
    """How many columns or rows a cell takes."""
    said = attributes.get(name, "").strip()
    return min(max(int(said), 1), most) if said.isdecimal() and len(said) <= len(str(most)) else 1
