"""Tables as text: each row says by itself what its cells mean, so that it can be found and read alone."""

import re
from collections.abc import Sequence
from typing import Final

_DIGIT: Final = re.compile(r"\d")
_LONGEST_NAME: Final = 60


def table_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines such as `- Way: Courier; Price: 390 ₽`; a table without rows is its header."""
    if not rows:
        return [_row(("",) * len(header), header)]
    return [_row(header, row) for row in rows]


def plain_rows(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows of a table that does not say whether its first row names the columns."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        return []
    if names_columns(filled):
        return table_rows(filled[0], filled[1:])
    return table_rows([""] * len(filled[0]), filled)


def names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of several rows looks like names: each filled, short, without figures, and none twice."""
    first = [" ".join(cell.split()) for cell in rows[0]]
    named = all(0 < len(cell) <= _LONGEST_NAME and not _DIGIT.search(cell) for cell in first)
    return len(rows) > 1 and len(first) > 1 and named and len(set(first)) == len(first)


def _row(header: Sequence[str], cells: Sequence[str]) -> str:
    named = [*header, *[""] * (len(cells) - len(header))]
    filled = [(name, " ".join(cell.split())) for name, cell in zip(named, cells, strict=False)]
    return "- " + "; ".join(f"{name.rstrip(':')}: {cell}" if name else cell for name, cell in filled if cell)
