"""The constants of the confidence, written by `tools/fit_confidence.py`.

A logistic model with a ridge, fitted to whether the best document was right; every question set counts the same, and
questions without an answer in the documents as 30% of all. The inputs were chosen by 5-fold
cross-validation in which all variants of a question are on the same side. The question sets:
mtrag-turns, plain_questions, sample, xquad-en, xquad-en-abstain, xquad-en-asked-in-ru, xquad-en-typos, xquad-mixed,
xquad-ru, xquad-ru-abstain, xquad-ru-asked-in-en, xquad-ru-typos.
"""

from collections.abc import Mapping
from typing import Final

INTERCEPT: Final = -6.000
WEIGHTS: Final[Mapping[str, float]] = {
    "grams": 3.771,
    "lead": 2.658,
    "information": 2.588,
    "sentence": 3.381,
    "beyond_title": 5.873,
    "likeness": 3.525,
    "asked": 2.074,
    "related": 2.049,
    "numbers_missing": -1.109,
    "other_language": 2.982,
    "corrected": 0.912,
    "bare": -5.083,
}
