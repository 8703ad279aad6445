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
    -6.924,
    {
        "grams": 1.834,
        "lead": 1.726,
        "field_lead": 0.724,
        "coverage": 2.296,
        "coverage_lead": 1.667,
        "names_missing": -0.635,
        "information": 4.386,
        "sentence": 4.061,
        "beyond_title": 1.767,
        "likeness": 3.004,
        "asked": 1.603,
        "related": 2.568,
        "unknown": -0.695,
        "most_telling_missing": 0.814,
        "numbers_missing": -0.743,
        "corrected": 1.272,
        "bare": -3.989,
    },
)
OTHER_LANGUAGE: Final = Logistic(
    -2.804,
    {
        "grams": 4.479,
        "lead": 2.944,
        "field_lead": 1.359,
        "coverage": 2.071,
        "coverage_lead": -1.314,
        "names_missing": 0.173,
        "information": 7.248,
        "sentence": 3.412,
        "beyond_title": 1.160,
        "likeness": -3.826,
        "asked": 3.465,
        "related": -3.171,
        "unknown": -4.531,
        "most_telling_missing": 0.077,
        "numbers_missing": 0.014,
        "corrected": -0.106,
        "bare": 0.020,
    },
)
RIGHT_ABOVE: Final[Mapping[float, float]] = {0.5: 0.865, 0.6: 0.896, 0.7: 0.918, 0.8: 0.941, 0.9: 0.968, 0.95: 0.975}
"""Confidence → share of right ones among held-out questions at least so sure, under the same assumption."""
