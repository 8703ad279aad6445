"""The constants of the confidence: a logistic model, fitted by `tools/fit_confidence.py`."""

from collections.abc import Mapping
from typing import Final

INTERCEPT: Final = -2.0
WEIGHTS: Final[Mapping[str, float]] = {
    "stems": 1.0,
    "grams": 1.0,
    "sentence": 1.0,
    "covered": 1.0,
    "rarest": 1.0,
    "unknown": -1.0,
    "lead": 1.0,
    "agreement": 0.3,
    "terms": 0.0,
}
