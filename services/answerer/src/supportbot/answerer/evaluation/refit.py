"""Fit a recalibration to votes, and measure on votes that it has not seen whether it helps."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, Final

from supportbot.answerer.domain.recalibration import AS_IS, Recalibration, log_odds, sigmoid
from supportbot.answerer.evaluation.measures import calibration_error
from supportbot.common.errors import SupportbotError

FLOOR: Final = 50
"""Fewer votes say nothing: the error of a share of 0.8 of 50 votes is 0.06 already."""
FLOOR_OF_EACH: Final = 10
_FOLDS: Final = 5
_SLOPE_DEVIATION: Final = 0.5
_INTERCEPT_DEVIATION: Final = 1.0
"""How far the line may be expected to be off: priors that few votes cannot overrule. Chosen by hand, as half a slope
and e times the odds are more than any set of ours was off by."""
_STEPS: Final = 50
_LEAST: Final = 1e-6
_LEAST_SLOPE: Final = 0.05
"""A surer answer must not count as a less sure one."""
Rated = tuple[float, bool]


class TooFewVotesError(SupportbotError):
    """Not enough people have voted for anything to be learnt."""

    def __init__(self, up: int, down: int) -> None:
        super().__init__(
            f"There are {up + down} votes on answers ({up} up, {down} down); at least {FLOOR}, and {FLOOR_OF_EACH} of "
            "each kind, are needed. Nothing was changed"
        )


@dataclass(frozen=True, slots=True)
class Fit:
    """How well confidence fits votes."""

    log_loss: float
    brier: float
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Refit:
    """A recalibration with what speaks for it."""

    recalibration: Recalibration
    up: int
    down: int
    before: Fit
    after: Fit
    """On votes left out while it was fitted, five times a fifth."""
    threshold: float
    raw_threshold: float
    """The confidence that the threshold stands for now: where this is higher, fewer questions are answered."""
    answered: int
    still_answered: int
    """Of the rated answers, how many would still be given."""

    @property
    def helps(self) -> bool:
        """Whether it foretells votes better that it has not seen."""
        return self.after.log_loss < self.before.log_loss

    def report(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "helps": self.helps}


def refit(rated: Sequence[Rated], threshold: float, now: Recalibration = AS_IS) -> Refit:
    """Fit to confidences before any recalibration and whether the vote was up; raises TooFewVotesError."""
    up = sum(vote for _, vote in rated)
    down = len(rated) - up
    if len(rated) < FLOOR or min(up, down) < FLOOR_OF_EACH:
        raise TooFewVotesError(up, down)
    found = fit(rated)
    left_out: list[Rated] = []
    for fold in range(_FOLDS):
        of_others = fit([one for place, one in enumerate(rated) if place % _FOLDS != fold])
        left_out += [(of_others(sure), vote) for sure, vote in rated[fold::_FOLDS]]
    return Refit(
        recalibration=found,
        up=up,
        down=down,
        before=_measured([(now(sure), vote) for sure, vote in rated]),
        after=_measured(left_out),
        threshold=threshold,
        raw_threshold=_raw(found, threshold),
        answered=sum(now(sure) >= threshold for sure, _ in rated),
        still_answered=sum(found(sure) >= threshold for sure, _ in rated),
    )


def fit(rated: Sequence[Rated]) -> Recalibration:
    """The line of the greatest posterior probability, by Newton's method with steps halved where they lead too far."""
    points = [(log_odds(sure), float(vote)) for sure, vote in rated]
    at, loss = (1.0, 0.0), _loss((1.0, 0.0), points)
    for _ in range(_STEPS):
        step, size = _step(at, points), 1.0
        while size > _LEAST and _loss(following := _moved(at, step, size), points) > loss:
            size /= 2
        gained = loss - _loss(following, points)
        if gained < _LEAST:
            break
        at, loss = following, loss - gained
    return Recalibration(max(at[0], _LEAST_SLOPE), at[1])


def _loss(line: tuple[float, float], points: Sequence[tuple[float, float]]) -> float:
    """Negative log of the posterior probability, but for a constant."""
    slope, intercept = line
    prior = ((slope - 1.0) / _SLOPE_DEVIATION) ** 2 / 2 + (intercept / _INTERCEPT_DEVIATION) ** 2 / 2
    odds = ((slope * at + intercept) * (1 if vote else -1) for at, vote in points)
    return prior + sum(math.log1p(math.exp(-abs(one))) + max(-one, 0.0) for one in odds)


def _step(line: tuple[float, float], points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    slope, intercept = line
    g_slope, g_intercept = (slope - 1.0) / _SLOPE_DEVIATION**2, intercept / _INTERCEPT_DEVIATION**2
    h_ss, h_si, h_ii = 1 / _SLOPE_DEVIATION**2, 0.0, 1 / _INTERCEPT_DEVIATION**2
    for odds, vote in points:
        chance = sigmoid(slope * odds + intercept)
        weight = chance * (1 - chance)
        g_slope += (chance - vote) * odds
        g_intercept += chance - vote
        h_ss, h_si, h_ii = h_ss + weight * odds * odds, h_si + weight * odds, h_ii + weight
    determinant = h_ss * h_ii - h_si * h_si
    return (
        -(h_ii * g_slope - h_si * g_intercept) / determinant,
        -(h_ss * g_intercept - h_si * g_slope) / determinant,
    )


def _moved(at: tuple[float, float], step: tuple[float, float], size: float) -> tuple[float, float]:
    return at[0] + size * step[0], at[1] + size * step[1]


def _measured(rated: Sequence[Rated]) -> Fit:
    sure, votes = [one for one, _ in rated], [vote for _, vote in rated]
    loss = fmean(-math.log(min(max(one if vote else 1 - one, 1e-6), 1.0)) for one, vote in rated)
    return Fit(loss, fmean((one - vote) ** 2 for one, vote in rated), calibration_error(sure, votes))


def _raw(found: Recalibration, threshold: float) -> float:
    return sigmoid((log_odds(threshold) - found.intercept) / found.slope)
