"""The constants of the confidence, written by `tools/fit_confidence.py`.

A logistic model with a ridge, fitted to whether the best document was right, and weighted as if 30% of
all questions had no answer in the documents. The inputs were chosen by 5-fold cross-validation in which all
variants of a question are on the same side. The question sets:
mtrag-turns, sample, xquad-en, xquad-en-abstain, xquad-en-asked-in-ru, xquad-en-typos, xquad-mixed, xquad-ru,
xquad-ru-abstain, xquad-ru-asked-in-en, xquad-ru-typos.
"""

from collections.abc import Mapping
from typing import Final

INTERCEPT: Final = -8.235
WEIGHTS: Final[Mapping[str, float]] = {
    "stems": 1.815,
    "grams": 3.861,
    "sentence": 3.6,
    "covered": 2.867,
    "unknown": 0.643,
    "lead": 3.704,
    "lead_over_three": -0.85,
    "terms": 2.221,
    "information": 3.069,
    "numbers_missing": -1.15,
    "names_missing": -0.53,
    "other_language": 2.888,
    "corrected": 0.921,
}
