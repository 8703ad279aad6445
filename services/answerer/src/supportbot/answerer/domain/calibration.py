"""The constants of the confidence, written by `tools/fit_confidence.py`.

A logistic model with a ridge, fitted to whether the best document was right; every question set counts the same, and
questions without an answer in the documents as 30% of all. The inputs were chosen by 5-fold
cross-validation in which all variants of a question are on the same side. The question sets:
mtrag-turns, plain_questions, sample, xquad-en, xquad-en-abstain, xquad-en-asked-in-ru, xquad-en-typos, xquad-mixed,
xquad-ru, xquad-ru-abstain, xquad-ru-asked-in-en, xquad-ru-typos.
"""

from collections.abc import Mapping
from typing import Final

INTERCEPT: Final = -5.992
WEIGHTS: Final[Mapping[str, float]] = {
    "grams": 3.821,
    "lead": 2.725,
    "information": 2.568,
    "sentence": 3.286,
    "beyond_title": 5.874,
    "likeness": 3.587,
    "asked": 2.045,
    "related": 2.012,
    "numbers_missing": -1.11,
    "other_language": 2.977,
    "corrected": 0.91,
    "bare": -5.002,
}
