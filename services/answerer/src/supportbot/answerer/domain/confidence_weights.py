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
    -6.492,
    {
        "grams": 2.025,
        "lead": 1.696,
        "field_lead": 0.969,
        "coverage": 1.603,
        "coverage_lead": 1.580,
        "names_missing": -0.778,
        "information": 5.953,
        "sentence": 3.836,
        "beyond_title": -0.017,
        "likeness": 2.704,
        "asked": 1.977,
        "related": 7.261,
        "unknown": -0.328,
        "numbers_missing": -0.030,
        "corrected": 0.982,
        "bare": -3.773,
    },
)
OTHER_LANGUAGE: Final = Logistic(
    -3.828,
    {
        "grams": 1.803,
        "lead": 1.574,
        "field_lead": 1.641,
        "coverage": 3.215,
        "coverage_lead": -0.077,
        "names_missing": -0.092,
        "information": 8.020,
        "sentence": -3.064,
        "beyond_title": 1.516,
        "likeness": 2.165,
        "asked": 3.197,
        "related": -0.275,
        "unknown": -2.801,
        "numbers_missing": 0.000,
        "corrected": -0.676,
        "bare": -0.602,
    },
)
RIGHT_ABOVE: Final[Mapping[float, float]] = {0.5: 0.854, 0.6: 0.879, 0.7: 0.906, 0.8: 0.939, 0.9: 0.963, 0.95: 0.975}
"""Confidence → share of right ones among held-out questions at least so sure, under the same assumption."""
