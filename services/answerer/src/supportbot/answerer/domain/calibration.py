"""The constants of the confidence, written by `tools/fit_confidence.py`.

A logistic model with a ridge, fitted to whether the best document was right, and weighted as if 30% of all
questions had no answer in the documents. The inputs were chosen by 5-fold cross-validation in which all variants of
a question are on the same side. The question sets:
mtrag-turns, sample, xquad-en, xquad-en-abstain, xquad-en-asked-in-ru, xquad-en-typos, xquad-mixed, xquad-ru,
xquad-ru-abstain, xquad-ru-asked-in-en, xquad-ru-typos.
"""

from collections.abc import Mapping
from typing import Final

INTERCEPT: Final = -7.441
WEIGHTS: Final[Mapping[str, float]] = {
    "stems": 1.161,
    "grams": 3.218,
    "sentence": 3.05,
    "covered": 2.381,
    "unknown": 0.607,
    "lead": 3.07,
    "lead_over_three": 0.722,
    "terms": 4.314,
    "numbers_missing": -1.159,
    "names_missing": -0.513,
    "other_language": 3.041,
    "corrected": 0.904,
}
