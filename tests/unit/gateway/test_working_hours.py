"""When people of the team are there."""

from datetime import UTC, datetime

import pytest

from supportbot.gateway.domain.working_hours import WorkingHours, WorkingHoursError, read_working_hours

MOSCOW = read_working_hours("Mon-Fri 09:00-18:00, Sat 10:00-14:00", "Europe/Moscow")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2026, 3, 2, 6, 0, tzinfo=UTC), True),  # Monday, nine in Moscow
        (datetime(2026, 3, 2, 5, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 6, 14, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 6, 15, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 7, 7, 0, tzinfo=UTC), True),  # Saturday
        (datetime(2026, 3, 8, 9, 0, tzinfo=UTC), False),  # Sunday
    ],
)
def test_people_are_there_in_their_own_time_zone(moment: datetime, is_open: bool) -> None:  # a case
    assert MOSCOW.is_open(moment) is is_open


def test_the_next_opening_is_told_in_their_time_zone() -> None:
    back = MOSCOW.opens_at(datetime(2026, 3, 7, 12, 0, tzinfo=UTC))
    assert (back.weekday(), f"{back:%H:%M}", str(back.tzinfo)) == (0, "09:00", "Europe/Moscow")


def test_a_span_may_go_over_the_end_of_the_week_and_of_the_day() -> None:
    hours = read_working_hours("Sat-Mon 20:00-24:00", "UTC")
    assert hours.is_open(datetime(2026, 3, 8, 23, 59, tzinfo=UTC))
    assert not hours.is_open(datetime(2026, 3, 10, 21, 0, tzinfo=UTC))


def test_without_hours_somebody_may_always_be_there() -> None:
    assert WorkingHours().is_open(datetime(2026, 3, 8, 3, 0, tzinfo=UTC))


@pytest.mark.parametrize("text", ["Mon", "Mon 9-18", "Mon 18:00-09:00", "Mon 09:00-25:00", "Someday 09:00-18:00"])
def test_what_says_no_hours_is_refused(text: str) -> None:
    with pytest.raises(WorkingHoursError):
        read_working_hours(text, "UTC")


@pytest.mark.parametrize("zone", ["Nowhere", "../etc/passwd", ""])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(WorkingHoursError):
        read_working_hours("", zone)
