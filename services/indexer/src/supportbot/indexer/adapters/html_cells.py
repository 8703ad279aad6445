"""The cells of one table of a web page, as they come in."""

from supportbot.indexer.adapters.tables import plain_rows, table_rows


class Cells:
    """Rows of cells; the first row is the header where its cells are marked so."""

    def __init__(self, *, guess_header: bool = False) -> None:
        self._guess_header = guess_header
        self._rows: list[list[str]] = []
        self._marked: list[list[bool]] = []
        self._loose: list[str] = []

    def begin(self, tag: str) -> None:
        """A row or cell begins."""
        if tag == "tr" or not self._rows:
            self._rows.append([])
            self._marked.append([])
        if tag in {"td", "th"}:
            self._rows[-1].append("")
            self._marked[-1].append(tag == "th")

    def add(self, text: str) -> None:
        """Text of the current cell; what stands outside of cells, such as a caption, is kept before the rows."""
        if self._rows and self._rows[-1]:
            self._rows[-1][-1] += (" " if self._rows[-1][-1] else "") + text
        else:
            self._loose.append(text)

    def rows(self) -> list[str]:
        """One line a row."""
        pairs = [(row, marks) for row, marks in zip(self._rows, self._marked, strict=True) if any(row)]
        if not pairs:
            return self._loose
        header, marks = pairs[0]
        if all(marks):
            return [*self._loose, *table_rows(header, [row for row, _ in pairs[1:]])]
        if self._guess_header:
            return [*self._loose, *plain_rows([row for row, _ in pairs])]
        return [*self._loose, *table_rows([""] * len(header), [row for row, _ in pairs])]
