"""One deadline and one number of retries per question."""

import pytest

from supportbot.common.models.budget import Budget


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def budget(clock: Clock, seconds: float = 20, retries: int = 2, jitter: float = 0.0) -> Budget:
    return Budget(seconds, retries, clock=clock, jitter=lambda: jitter)


def test_time_runs_out_and_never_below_zero(clock: Clock) -> None:
    one = budget(clock)
    clock.now += 15
    assert one.remaining_s == 5
    clock.now += 15
    assert one.remaining_s == 0


def test_pauses_double_and_retries_end(clock: Clock) -> None:
    one = budget(clock, retries=3)
    assert [one.spend_retry() for _ in range(4)] == [0.4, 0.8, 1.6, None]


def test_jitter_only_shortens(clock: Clock) -> None:
    assert budget(clock, jitter=1.0).spend_retry() == pytest.approx(0.2)


def test_retry_after_is_obeyed_to_the_full_and_never_shortened(clock: Clock) -> None:
    assert budget(clock, jitter=1.0).spend_retry(7.5) == 7.5


def test_a_retry_after_beyond_the_deadline_is_not_waited_for_and_costs_no_retry(clock: Clock) -> None:
    one = budget(clock)
    assert one.spend_retry(35) is None
    assert [one.spend_retry() is None for _ in range(3)] == [False, False, True]


def test_a_wait_must_leave_time_for_the_request(clock: Clock) -> None:
    one = budget(clock, seconds=5)
    assert one.spend_retry(4.5) is None
    assert one.spend_retry(4.0) == 4.0


def test_stages_have_nearer_deadlines_and_share_the_retries(clock: Clock) -> None:
    whole = budget(clock, seconds=20, retries=1)
    stage = whole.within(8)
    assert stage.remaining_s == 8
    assert stage.spend_retry() is not None
    assert whole.spend_retry() is None
    clock.now += 15
    assert whole.within(8).remaining_s == 5
