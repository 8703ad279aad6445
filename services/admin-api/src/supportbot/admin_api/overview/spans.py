"""The spans of time that the overview can show, and the steps in which they are counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_HOUR_S: Final = 3600
_DAY_S: Final = 86400


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another, in steps that begin at whole hours or days, in UTC."""

    name: str
    since: datetime
    until: datetime
    step_s: int

    @property
    def steps(self) -> Sequence[int]:
        """Their numbers since 1970; the last one is still going on."""
        return range(int(self.since.timestamp()) // self.step_s, int(self.until.timestamp()) // self.step_s + 1)

    @property
    def before(self) -> "Span":
        """As long a span right before this one, to compare with."""
        return Span(self.name, self.since - (self.until - self.since), self.since, self.step_s)


NAMES: Final[Mapping[str, tuple[timedelta, int]]] = {
    "day": (timedelta(hours=24), _HOUR_S),
    "week": (timedelta(days=7), _DAY_S),
    "month": (timedelta(days=30), _DAY_S),
}


def span_of(name: str, now: datetime | None = None) -> Span:
    """The span of this name that ends now; a week where there is none of that name."""
    name = name if name in NAMES else "week"
    long, step_s = NAMES[name]
    until = now or datetime.now(UTC)
    since = datetime.fromtimestamp((until - long).timestamp() // step_s * step_s + step_s, UTC)
    return Span(name, since, until, step_s)
