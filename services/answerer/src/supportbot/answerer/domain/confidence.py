"""How sure to be that the best document answers the question."""

import math
from dataclasses import asdict

from supportbot.answerer.domain.calibration import INTERCEPT, WEIGHTS
from supportbot.answerer.domain.evidence import Evidence


def probability(evidence: Evidence | None) -> float:
    """The logistic model of `calibration`; 0 without evidence."""
    if evidence is None:
        return 0.0
    total = INTERCEPT + sum(WEIGHTS[name] * value for name, value in asdict(evidence).items())
    return 1 / (1 + math.exp(-total))
