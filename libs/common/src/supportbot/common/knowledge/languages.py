"""Which of the languages we speak a text is in, judged by its script."""

import re
from typing import Final, Literal

Language = Literal["ru", "en", "und"]

_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
_LATIN: Final = re.compile("[A-Za-z]")
_SAMPLE: Final = 4_000
_MIXED_SHARE: Final = 0.35
"""A Russian text full of product names is still Russian: this share of Cyrillic letters is enough."""


def is_cyrillic(word: str) -> bool:
    """Whether a word has a Cyrillic letter in it."""
    return _CYRILLIC.search(word) is not None


def detect_language(text: str) -> Language:
    """`ru` or `en` by the letters of the first 4,000 characters; `und` where neither script is there."""
    sample = text[:_SAMPLE]
    cyrillic, latin = len(_CYRILLIC.findall(sample)), len(_LATIN.findall(sample))
    if not cyrillic and not latin:
        return "und"
    return "ru" if cyrillic >= _MIXED_SHARE * (cyrillic + latin) else "en"
