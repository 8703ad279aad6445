"""What each row found, printed as a table and, by `make faults`, written to docs/faults.md."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

TITLE = """# What was survived

`make faults` does each of these to a running system and then looks whether what was promised holds. The system is
real: every service a process of its own on a real PostgreSQL and RabbitMQ, or all in one process; only Telegram, the
model and Qdrant are stand-ins, which count what they got. Between each service and each server there is a link that can
be slow, silent, cut, reset or refused. Clocks jump by libfaketime (Debian's `faketime`), names are taken away in a
mount namespace, an older version comes from the repository's history. Meanwhile people write, in Telegram through the
webhook and on the web.

After each fault all must be settled within 60 seconds, and then:

- **I1** whatever was accepted is answered, escalated, with a person, or visible as a dead letter or an uncertain send;
- **I2** no reply is said twice in plain; one of which nobody knows may be repeated once, labelled as a repeat;
- **I3** in every chat the replies come in the order of the questions;
- **I4** nothing is left over: no event to publish, no turn held or due, no reply on its way.

The seconds to recover are from the end of the fault until nothing is left over, new questions included.
"""
HEAD = "| # | fault | where | how it was done | what was seen | recovered in | held |\n|---|---|---|---|---|---|---|\n"


@dataclass
class FaultRow:
    """One row of the table, filled in by the test that is named by what should happen."""

    number: str
    fault: str
    how: str
    where: str = ""
    seen: list[str] = field(default_factory=list)
    recovered_s: float | None = None
    held: str = ""

    def line(self) -> str:
        """As it stands in the table."""
        took = "" if self.recovered_s is None else f"{self.recovered_s:.1f} s"
        cells = [self.number, self.fault, self.where, self.how, "; ".join(self.seen), took, self.held]
        return "| " + " | ".join(" ".join(cell.replace("|", "/").split()) for cell in cells) + " |"


def row_of(properties: Iterable[tuple[str, Any]]) -> FaultRow | None:
    """The row that a test's report carries."""
    found = dict(properties).get("fault")
    return None if found is None else FaultRow(**found)


def as_property(row: FaultRow) -> tuple[str, Any]:
    """A row, to be carried by a test's report."""
    return "fault", asdict(row)


def number(line: str) -> int:
    """The number of the fault in a line of the table."""
    digits = line.removeprefix("|").strip().removeprefix("F").partition(" ")[0]
    return int(digits) if digits.isdecimal() else 0


def written(path: Path, rows: list[FaultRow]) -> None:
    """Write the table; lines of faults that were not done this time stay as they are."""
    done = {row.number for row in rows}
    before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in before if line.startswith("| F") and line.split()[1] not in done]
    lines = sorted([*kept, *(row.line() for row in rows)], key=number)
    path.write_text(f"{TITLE}\n{HEAD}" + "\n".join(lines) + "\n", encoding="utf-8")
