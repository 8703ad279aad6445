"""The constants of the confidence, written by `tools/fit_confidence.py`.

Logistic models with a ridge, fitted to whether the best document was right; every question set counts the same, and
questions without an answer in the documents as 30% of all. The inputs were chosen by 5-fold
cross-validation in which all questions about one document, in all variants, are on the same side. The question sets:
billing, dentist, mtrag-turns, plain_questions, sample, xquad-en, xquad-en-abstain, xquad-en-asked-in-ru,
xquad-en-typos, xquad-mixed, xquad-ru, xquad-ru-abstain, xquad-ru-asked-in-en, xquad-ru-typos.
"""

from collections.abc import Mapping
from typing import Final

from supportbot.answerer.domain.logistic import Logistic

SAME_LANGUAGE: Final = Logistic(
    -6.164,
    {
        "grams": 1.617,
        "lead": 1.809,
        "field_lead": 0.881,
        "coverage": 1.753,
        "coverage_lead": 1.532,
        "names_missing": -0.629,
        "information": 4.696,
        "sentence": 4.176,
        "beyond_title": 1.647,
        "likeness": 2.888,
        "asked": 1.662,
        "related": 2.407,
        "unknown": -0.590,
        "numbers_missing": -0.715,
        "corrected": 1.330,
        "bare": -4.185,
    },
)
OTHER_LANGUAGE: Final = Logistic(
    -2.729,
    {
        "grams": 4.465,
        "lead": 2.986,
        "field_lead": 1.314,
        "coverage": 2.071,
        "coverage_lead": -1.424,
        "names_missing": 0.000,
        "information": 7.345,
        "sentence": 3.472,
        "beyond_title": 1.168,
        "likeness": -3.919,
        "asked": 3.357,
        "related": -3.179,
        "unknown": -4.489,
        "numbers_missing": 0.000,
        "corrected": -0.113,
        "bare": -0.016,
    },
)
RIGHT_ABOVE: Final[Mapping[float, float]] = {0.5: 0.868, 0.6: 0.899, 0.7: 0.921, 0.8: 0.943, 0.9: 0.968, 0.95: 0.975}
"""Confidence → share of right ones among held-out questions at least so sure, under the same assumption."""
