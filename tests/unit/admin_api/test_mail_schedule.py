"""When the weekly report is due: by the clock on the wall of its time zone, also where that clock is changed."""

from datetime import UTC, datetime

import pytest

from supportbot.admin_api.mail.schedule import ScheduleError, read_weekly


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (datetime(2026, 11, 23, 8, tzinfo=UTC), datetime(2026, 11, 23, 8, tzinfo=UTC)),
        (datetime(2026, 11, 23, 7, 59, tzinfo=UTC), datetime(2026, 11, 16, 8, tzinfo=UTC)),
        (datetime(2026, 11, 29, 23, tzinfo=UTC), datetime(2026, 11, 23, 8, tzinfo=UTC)),
    ],
)
def test_it_is_due_once_a_week(moment: datetime, due: datetime) -> None:
    weekly = read_weekly("Mon 08:00", "UTC")
    assert weekly is not None
    assert weekly.last_due(moment) == due


def test_it_keeps_to_the_clock_on_the_wall_when_summer_ends() -> None:
    weekly = read_weekly("Sun 12:00", "Europe/Berlin")
    assert weekly is not None
    assert weekly.last_due(datetime(2026, 10, 24, tzinfo=UTC)) == datetime(2026, 10, 18, 10, tzinfo=UTC)
    assert weekly.last_due(datetime(2026, 10, 26, tzinfo=UTC)) == datetime(2026, 10, 25, 11, tzinfo=UTC)


def test_never_is_never() -> None:
    assert read_weekly("Never", "UTC") is None


@pytest.mark.parametrize("text", ["", "Monday 08:00", "Mon 24:00", "Mon 8:00", "Mon 08:00, Tue 08:00", "08:00"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError):
        read_weekly(text, "UTC")
    with pytest.raises(ScheduleError):
        read_weekly("Mon 08:00", "../etc/passwd")
