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
    -7.011,
    {
        "grams": 2.101,
        "lead": 1.138,
        "field_lead": 1.160,
        "coverage": 1.507,
        "coverage_lead": 1.298,
        "names_missing": -0.843,
        "information": 4.699,
        "sentence": 4.293,
        "beyond_title": 3.310,
        "likeness": 3.995,
        "asked": 2.091,
        "related": 5.941,
        "numbers_missing": -0.999,
        "corrected": 0.905,
        "bare": -5.608,
    },
)
OTHER_LANGUAGE: Final = Logistic(
    -8.420,
    {
        "grams": 5.764,
        "lead": 3.901,
        "field_lead": 1.044,
        "coverage": 4.848,
        "coverage_lead": -3.675,
        "names_missing": 0.517,
        "information": 7.515,
        "sentence": 5.788,
        "beyond_title": 5.581,
        "likeness": 3.269,
        "asked": 4.833,
        "related": -0.736,
        "numbers_missing": 0.029,
        "corrected": -0.716,
        "bare": -5.608,
    },
)
RIGHT_ABOVE: Final[Mapping[float, float]] = {0.5: 0.859, 0.6: 0.885, 0.7: 0.912, 0.8: 0.938, 0.9: 0.965, 0.95: 0.974}
"""Confidence → share of right ones among held-out questions at least so sure, under the same assumption."""
