"""When people of the team are there, as the setting says it: `Mon-Fri 09:00-18:00, Sat 10:00-14:00`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)(?:-(mon|tue|wed|thu|fri|sat|sun))? (\d\d:\d\d)-(\d\d:\d\d|24:00)")
_WEEK = 7
_END_OF_DAY = "24:00"


class WorkingHoursError(ValueError):
    """It does not say when people are there."""


@dataclass(frozen=True, slots=True)
class _Span:
    day: int
    begins: time
    ends: time | None
    """None: when the day ends."""

    def holds(self, moment: datetime) -> bool:
        return (
            moment.weekday() == self.day
            and self.begins <= moment.time()
            and (self.ends is None or moment.time() < self.ends)
        )


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Spans of a week in a time zone; none at all means that somebody may always be there."""

    spans: Sequence[_Span] = ()
    zone: tzinfo = UTC

    def is_open(self, moment: datetime) -> bool:
        """Whether people are there at a moment."""
        there = moment.astimezone(self.zone)
        return not self.spans or any(span.holds(there) for span in self.spans)

    def opens_at(self, moment: datetime) -> datetime:
        """When people are there next, in their time zone; the moment itself while they are."""
        there = moment.astimezone(self.zone)
        if self.is_open(moment):
            return there
        begins = [
            datetime.combine(there.date() + timedelta(days=days), span.begins, self.zone)
            for days in range(_WEEK + 1)
            for span in self.spans
            if span.day == (there.weekday() + days) % _WEEK
        ]
        return min(begin for begin in begins if begin > there)


def read_working_hours(text: str, zone: str) -> WorkingHours:
    """The hours that a setting says.

    Raises:
        WorkingHoursError: it says none, or an unknown time zone.
    """
    try:
        known = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise WorkingHoursError(f"there is no time zone {zone!r}") from error
    parts = [part.strip().lower() for part in text.split(",") if part.strip()]
    return WorkingHours(tuple(span for part in parts for span in _spans(part)), known)


def _spans(part: str) -> list[_Span]:
    found = _PART.fullmatch(part)
    if found is None:
        raise WorkingHoursError(f"{part!r} is not like `Mon-Fri 09:00-18:00`")
    first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
    begins, ends = _time(found[3]), None if found[4] == _END_OF_DAY else _time(found[4])
    if ends is not None and ends <= begins:
        raise WorkingHoursError(f"{part!r} ends before it begins")
    days = range(first, last + 1) if first <= last else (*range(first, _WEEK), *range(last + 1))
    return [_Span(day, begins, ends) for day in days]


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise WorkingHoursError(f"there is no time {text}") from error
