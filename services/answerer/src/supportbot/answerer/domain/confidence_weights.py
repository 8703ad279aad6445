"""The constants of the confidence, written by `tools/fit_confidence.py`.

Logistic models with a ridge, fitted to whether the best document was right; every question set counts the same, and
questions without an answer in the documents as 30% of all. The inputs were chosen by 5-fold
cross-validation in which all questions about one document, in all variants, are on the same side. The question sets:
bike_hire, billing, dentist, fitness, hosting, mtrag-turns, plain_questions, sample, school, tool_hire, xquad-en,
xquad-en-abstain, xquad-en-asked-in-ru, xquad-en-typos, xquad-mixed, xquad-ru, xquad-ru-abstain, xquad-ru-asked-in-en,
xquad-ru-typos.
"""

from collections.abc import Mapping
from typing import Final

from supportbot.answerer.domain.logistic import Logistic

SAME_LANGUAGE: Final = Logistic(
    -6.669,
    {
        "grams": 2.172,
        "lead": 1.650,
        "field_lead": 1.126,
        "coverage": 1.780,
        "coverage_lead": 1.566,
        "names_missing": -0.799,
        "information": 5.949,
        "sentence": 3.702,
        "beyond_title": -0.316,
        "likeness": 2.629,
        "asked": 2.086,
        "related": 7.410,
        "unknown": -0.312,
        "numbers_missing": 0.000,
        "corrected": 0.995,
        "bare": -4.370,
    },
)
OTHER_LANGUAGE: Final = Logistic(
    -3.856,
    {
        "grams": 1.352,
        "lead": 1.705,
        "field_lead": 1.716,
        "coverage": 3.331,
        "coverage_lead": -0.162,
        "names_missing": 0.000,
        "information": 7.940,
        "sentence": -2.701,
        "beyond_title": 1.510,
        "likeness": 2.634,
        "asked": 3.441,
        "related": -0.420,
        "unknown": -2.927,
        "numbers_missing": 0.000,
        "corrected": -0.640,
        "bare": -0.482,
    },
)
RIGHT_ABOVE: Final[Mapping[float, float]] = {0.5: 0.857, 0.6: 0.883, 0.7: 0.907, 0.8: 0.941, 0.9: 0.964, 0.95: 0.973}
"""Confidence → share of right ones among held-out questions at least so sure, under the same assumption."""
