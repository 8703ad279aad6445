"""Tables as text: each row says by itself what its cells mean, so that it can be found and read alone."""

from collections.abc import Sequence


def table_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines such as `- Way: Courier; Price: 390 ₽`; a table without rows is its header."""
    if not rows:
        return [_row(("",) * len(header), header)]
    return [_row(header, row) for row in rows]


def _row(header: Sequence[str], cells: Sequence[str]) -> str:
    named = [*header, *[""] * (len(cells) - len(header))]
    filled = [(name, " ".join(cell.split())) for name, cell in zip(named, cells, strict=False)]
    return "- " + "; ".join(f"{name.rstrip(':')}: {cell}" if name else cell for name, cell in filled if cell)
