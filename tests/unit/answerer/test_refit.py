"""Confidence is put right by votes: where enough people voted, and only where it helps."""

import random

import pytest

from supportbot.answerer.domain.recalibration import AS_IS, Recalibration
from supportbot.answerer.evaluation.refit import FLOOR, TooFewVotesError, fit, refit


def votes(count: int, truth: Recalibration, seed: int = 3) -> list[tuple[float, bool]]:
    """Answers with confidences from 0.5 up, right as often as `truth` says."""
    chance = random.Random(seed)
    sure = [chance.uniform(0.5, 0.99) for _ in range(count)]
    return [(one, chance.random() < truth(one)) for one in sure]


def test_an_overconfident_machine_is_told_so() -> None:
    truth = Recalibration(0.6, -0.8)
    found = refit(votes(3000, truth), 0.7)
    assert found.helps
    assert found.recalibration.slope == pytest.approx(truth.slope, abs=0.15)
    assert found.recalibration.intercept == pytest.approx(truth.intercept, abs=0.2)
    assert found.after.calibration_error < 0.03 < found.before.calibration_error
    assert found.raw_threshold > 0.9
    assert found.still_answered < found.answered


def test_a_machine_that_is_right_as_often_as_it_says_is_left_alone() -> None:
    found = refit(votes(3000, AS_IS), 0.7)
    assert found.recalibration(0.7) == pytest.approx(0.7, abs=0.03)
    assert found.recalibration(0.9) == pytest.approx(0.9, abs=0.03)


def test_few_votes_hardly_move_it_and_too_few_not_at_all() -> None:
    assert fit([(0.9, False)])(0.9) > 0.6
    with pytest.raises(TooFewVotesError, match="49 votes"):
        refit([(0.9, True)] * 30 + [(0.9, False)] * 19, 0.7)
    with pytest.raises(TooFewVotesError, match="9 down"):
        refit([(0.9, True)] * FLOOR + [(0.9, False)] * 9, 0.7)


def test_order_is_kept_and_nothing_found_stays_nothing() -> None:
    found = fit(votes(500, Recalibration(-2.0, 0.0)))
    assert found(0.6) <= found(0.9)
    assert found(0.0) == 0.0
    assert AS_IS(0.123) == 0.123
