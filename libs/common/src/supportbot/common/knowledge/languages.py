"""Which of the languages we speak a text is in, judged by its script."""

from typing import Final, Literal

Language = Literal["ru", "en", "und"]

_CYRILLIC: Final = range(0x0400, 0x0530)
_SAMPLE: Final = 4_000
_MIXED_SHARE: Final = 0.35
"""A Russian text full of product names is still Russian: this share of Cyrillic letters is enough."""


def is_cyrillic(word: str) -> bool:
    """Whether a word has a Cyrillic letter in it."""
    return any(ord(letter) in _CYRILLIC for letter in word)


def detect_language(text: str) -> Language:
    """`ru` or `en` by the letters of the first 4,000 characters; `und` where neither script is there."""
    cyrillic = latin = 0
    for letter in text[:_SAMPLE]:
        if ord(letter) in _CYRILLIC:
            cyrillic += 1
        elif letter.isascii() and letter.isalpha():
            latin += 1
    if not cyrillic and not latin:
        return "und"
    return "ru" if cyrillic >= _MIXED_SHARE * (cyrillic + latin) else "en"
