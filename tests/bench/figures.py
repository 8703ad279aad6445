"""A measured figure beside its target, and the table of them."""

import json
import math
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

BUILD = Path("build")


@dataclass(frozen=True)
class Figure:
    """What was measured; smaller is better unless it says otherwise. Without a target it is only told."""

    name: str
    measured: float
    unit: str
    target: float | None = None
    note: str = ""
    higher_is_better: bool = False

    @property
    def verdict(self) -> str:
        """ok, over, or nothing where there is no target."""
        if self.target is None:
            return ""
        if self.higher_is_better:
            return "ok" if self.measured >= self.target else "under"
        return "ok" if self.measured <= self.target else "over"


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table(figures: Sequence[Figure]) -> str:
    """The figures as text."""
    rows = [("what", "target", "measured", "verdict", "note")]
    rows += [
        (
            figure.name,
            _with_unit(figure.target, figure.unit),
            _with_unit(figure.measured, figure.unit),
            figure.verdict,
            figure.note,
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]) for row in rows
    ]
    return "\n".join(line.rstrip() for line in [lines[0], "-" * len(lines[0]), *lines[1:]])


def _with_unit(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    digits = 0 if value >= 100 or unit == "" else 1 if value >= 10 else 2  # three figures that count
    return f"{value:.{digits}f} {unit}".rstrip()


def store(figures: Sequence[Figure], path: Path) -> None:
    """Write them to a file, with what they were measured on."""
    path.parent.mkdir(exist_ok=True)
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "figures": [asdict(figure) | {"verdict": figure.verdict} for figure in figures],
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
