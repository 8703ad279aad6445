"""The circuit breaker, on a clock of the test's own."""

import pytest

from supportbot.common.models.breaker import Breaker, Limits

LIMITS = Limits(failures=3, rest_s=10, longest_rest_s=40, refused_rest_s=300)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(LIMITS, clock=clock)


def fail(breaker: Breaker, times: int) -> list[bool]:
    told = []
    for _ in range(times):
        breaker.failed()
        told.append(breaker.untold)
        breaker.untold = False
    return told


def test_admits_all_until_failures_in_a_row_reach_the_limit(breaker: Breaker) -> None:
    assert fail(breaker, 2) == [False, False]
    assert breaker.admits()
    assert fail(breaker, 1) == [True]
    assert not breaker.admits()


def test_a_success_between_failures_starts_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.state == "closed"


def test_after_its_rest_it_admits_one_request_only(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 9.9
    assert not breaker.admits()
    clock.now += 0.2
    assert breaker.admits()
    assert not breaker.admits()


def test_a_trial_that_succeeds_closes_it(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 10
    assert breaker.admits()
    breaker.succeeded()
    assert breaker.state == "closed"
    assert breaker.admits()


def test_trials_that_fail_double_the_rest_up_to_its_limit(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 10
    rests = []
    for _ in range(4):
        assert breaker.admits()
        assert fail(breaker, 1) == [False], "it was open already: nothing new to tell"
        rest = 0
        while breaker.state == "open" and not breaker.admits():
            clock.now += 1
            rest += 1
        breaker.undecided()
        rests.append(rest)
    assert rests == [20, 40, 40, 40]


def test_one_refusal_opens_it_for_long_and_is_told_once(breaker: Breaker, clock: Clock) -> None:
    breaker.refused()
    assert breaker.untold
    breaker.untold = False
    breaker.refused()
    assert not breaker.untold
    clock.now += 299
    assert not breaker.admits()
    clock.now += 1
    assert breaker.admits()
    breaker.refused()
    assert not breaker.untold, "the same trouble goes on"
    assert breaker.cause == "refused"


def test_a_trial_that_was_cancelled_leaves_room_for_another(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 10
    assert breaker.admits()
    breaker.undecided()
    assert breaker.admits()


def test_a_late_failure_does_not_prolong_the_rest(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 9
    breaker.failed()
    clock.now += 1
    assert breaker.admits()
