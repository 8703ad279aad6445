"""The constants of the confidence, written by `tools/fit_confidence.py`.

Logistic models with a ridge, fitted to whether the best document was right; every question set counts the same, and
questions without an answer in the documents as 30% of all. The inputs were chosen by 5-fold
cross-validation in which all questions about one document, in all variants, are on the same side. The question sets:
mtrag-turns, plain_questions, sample, xquad-en, xquad-en-abstain, xquad-en-asked-in-ru, xquad-en-typos, xquad-mixed,
xquad-ru, xquad-ru-abstain, xquad-ru-asked-in-en, xquad-ru-typos.
"""

from collections.abc import Mapping
from typing import Final

from supportbot.answerer.domain.logistic import Logistic

SAME_LANGUAGE: Final = Logistic(
    -6.927,
    {
        "grams": 2.070,
        "lead": 1.214,
        "field_lead": 1.174,
        "coverage": 1.612,
        "coverage_lead": 1.273,
        "names_missing": -0.841,
        "information": 4.553,
        "sentence": 4.402,
        "beyond_title": 3.035,
        "likeness": 3.648,
        "asked": 2.009,
        "related": 6.016,
        "numbers_missing": -0.995,
        "corrected": 0.919,
        "bare": -4.918,
    },
)
OTHER_LANGUAGE: Final = Logistic(
    -8.052,
    {
        "grams": 5.338,
        "lead": 3.668,
        "field_lead": 0.809,
        "coverage": 4.188,
        "coverage_lead": -3.491,
        "names_missing": 0.537,
        "information": 7.167,
        "sentence": 5.823,
        "beyond_title": 5.829,
        "likeness": 5.251,
        "asked": 5.519,
        "related": -0.397,
        "numbers_missing": -0.041,
        "corrected": -0.072,
        "bare": -0.760,
    },
)
RIGHT_ABOVE: Final[Mapping[float, float]] = {0.5: 0.862, 0.6: 0.885, 0.7: 0.911, 0.8: 0.936, 0.9: 0.965, 0.95: 0.973}
"""Confidence → share of right ones among held-out questions at least so sure, under the same assumption."""
