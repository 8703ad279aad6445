"""How long things took, by the database's own moments."""

from datetime import UTC, datetime

from tests.faults.system import System


def answer_times_s(system: System, of: str = "1 = 1") -> list[float]:
    """How long everybody waited for what was decided; `of` chooses by columns of conversations (c)."""
    rows = system.product.rows(
        "SELECT m.received_at, a.created_at FROM answers a JOIN messages m"
        " ON m.conversation_id = a.conversation_id AND m.seq BETWEEN a.turn_from AND a.turn_to"
        f" JOIN conversations c ON c.id = a.conversation_id WHERE {of}"
    )
    return [(moment(row["created_at"]) - moment(row["received_at"])).total_seconds() for row in rows]


def moment(value: datetime | int) -> datetime:
    """A time as either database gives it; SQLite's are microseconds."""
    return datetime.fromtimestamp(value / 1e6, UTC) if isinstance(value, int) else value
