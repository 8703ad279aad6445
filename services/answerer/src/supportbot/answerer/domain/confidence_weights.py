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
    -6.579,
    {
        "grams": 2.126,
        "lead": 1.649,
        "field_lead": 1.141,
        "coverage": 1.683,
        "coverage_lead": 1.567,
        "names_missing": -0.799,
        "information": 5.864,
        "sentence": 3.946,
        "beyond_title": -0.236,
        "likeness": 2.580,
        "asked": 1.953,
        "related": 7.458,
        "unknown": -0.337,
        "numbers_missing": 0.000,
        "corrected": 1.000,
        "bare": -3.851,
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
RIGHT_ABOVE: Final[Mapping[float, float]] = {0.5: 0.857, 0.6: 0.882, 0.7: 0.905, 0.8: 0.939, 0.9: 0.965, 0.95: 0.973}
"""Confidence → share of right ones among held-out questions at least so sure, under the same assumption."""
