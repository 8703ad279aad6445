"""Confidence put right by what people said of answers: a line through its log-odds (Platt, 1999)."""

import math
from dataclasses import dataclass
from typing import Final

_CLIP: Final = 0.005


@dataclass(frozen=True, slots=True)
class Recalibration:
    """`slope` and `intercept` of the log-odds; the default changes nothing."""

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, confidence: float) -> float:
        """The confidence as votes say it should be. 0 stays 0, as it says that nothing was found."""
        if confidence <= 0 or self == AS_IS:
            return confidence
        return sigmoid(self.slope * log_odds(confidence) + self.intercept)


AS_IS: Final = Recalibration()


def log_odds(confidence: float) -> float:
    """Finite for 0 and 1 too."""
    clipped = min(max(confidence, _CLIP), 1 - _CLIP)
    return math.log(clipped / (1 - clipped))


def sigmoid(odds: float) -> float:
    """The probability of log-odds."""
    return 1 / (1 + math.exp(-odds)) if odds >= 0 else math.exp(odds) / (1 + math.exp(odds))
