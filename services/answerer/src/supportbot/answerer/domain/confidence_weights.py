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
    -6.902,
    {
        "grams": 1.769,
        "lead": 1.767,
        "field_lead": 0.699,
        "coverage": 2.282,
        "coverage_lead": 1.668,
        "names_missing": -0.632,
        "information": 4.394,
        "sentence": 4.095,
        "beyond_title": 1.761,
        "likeness": 3.108,
        "asked": 1.627,
        "related": 2.657,
        "unknown": -0.712,
        "most_telling_missing": 0.797,
        "numbers_missing": -0.733,
        "corrected": 1.286,
        "bare": -4.013,
    },
)
OTHER_LANGUAGE: Final = Logistic(
    -3.481,
    {
        "grams": 3.672,
        "lead": 3.911,
        "field_lead": 2.538,
        "coverage": 2.071,
        "coverage_lead": -1.078,
        "names_missing": 0.388,
        "information": 7.582,
        "sentence": 1.313,
        "beyond_title": 1.176,
        "likeness": -1.701,
        "asked": 2.281,
        "related": -3.685,
        "unknown": -4.160,
        "most_telling_missing": 0.298,
        "numbers_missing": 0.032,
        "corrected": -0.182,
        "bare": -0.071,
    },
)
RIGHT_ABOVE: Final[Mapping[float, float]] = {0.5: 0.868, 0.6: 0.892, 0.7: 0.918, 0.8: 0.941, 0.9: 0.968, 0.95: 0.977}
"""Confidence → share of right ones among held-out questions at least so sure, under the same assumption."""
