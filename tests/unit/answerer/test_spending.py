"""The limit on a day's tokens."""

from datetime import date

from supportbot.answerer.domain.spending import DailyBudget


class Calendar:
    def __init__(self) -> None:
        self.day = date(2026, 3, 1)

    def __call__(self) -> date:
        return self.day


def test_the_request_that_crosses_the_limit_is_told_once() -> None:
    budget = DailyBudget(100, today=Calendar())
    assert [budget.spend(60), budget.spend(60), budget.spend(60)] == [False, True, False]
    assert budget.exhausted


def test_a_new_day_begins_with_nothing_spent() -> None:
    calendar = Calendar()
    budget = DailyBudget(100, today=calendar)
    budget.spend(500)
    calendar.day = date(2026, 3, 2)
    assert not budget.exhausted
    assert budget.used == 0


def test_what_was_spent_before_a_restart_counts() -> None:
    assert DailyBudget(100, used=100, today=Calendar()).exhausted


def test_zero_is_no_limit() -> None:
    budget = DailyBudget(0, today=Calendar())
    assert budget.spend(10**9) is False
    assert not budget.exhausted
