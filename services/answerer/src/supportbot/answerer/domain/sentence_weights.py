"""The constants of the choice of sentences, written by `tools/fit_sentences.py`.

A conditional logit with a ridge, fitted to which sentences of the right document have the answer; every question set
counts the same. The question sets: sample, xquad-en, xquad-en-typos, xquad-ru, xquad-ru-typos.
"""

from collections.abc import Mapping
from typing import Final

WEIGHTS: Final[Mapping[str, float]] = {
    "score": 4.74,
    "before": 0.99,
    "leaning": 0.7,
    "after": 0.5,
    "heading": 2.86,
    "asked": 3.88,
    "offers": 1.06,
    "lacks": -1.06,
    "fresh": -0.06,
    "length": -0.16,
    "behind": -0.63,
    "elsewhere": -1.93,
}
