"""When the weekly report is due, as the setting says it: `Mon 08:00`, in a time zone."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

NEVER: Final = "never"
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM: Final = re.compile(r"(mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):([0-5]\d)")
_WEEK: Final = timedelta(days=7)


class ScheduleError(ValueError):
    """It does not say when."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """A moment of each week."""

    day: int
    at: time
    zone: ZoneInfo

    def last_due(self, moment: datetime) -> datetime:
        """The newest such moment that is not after this one, in UTC."""
        there = moment.astimezone(self.zone)
        date = there.date() - timedelta(days=(there.weekday() - self.day) % 7)
        due = datetime.combine(date, self.at, self.zone)
        return (due if due <= moment else datetime.combine(date - _WEEK, self.at, self.zone)).astimezone(UTC)


def read_weekly(text: str, zone: str) -> Weekly | None:
    """The moment that a setting says; None for `never`.

    Raises:
        ScheduleError: it says none, or an unknown time zone.
    """
    try:
        known = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ScheduleError("there is no such time zone") from error
    said = text.strip().lower()
    if said == NEVER:
        return None
    found = _FORM.fullmatch(said)
    if found is None:
        raise ScheduleError("it is neither like `Mon 08:00` nor `never`")
    return Weekly(_DAYS.index(found[1]), time(int(found[2]), int(found[3])), known)
