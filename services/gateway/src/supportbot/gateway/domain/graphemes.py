"""Where readers see one character end and the next begin, so that a cut text shows no half ones.

The rules of Unicode's annex 29 without its tables: general categories and the few ranges that they leave out.
"""

import re
import unicodedata
from typing import Final

_JOINER: Final = "\u200d"
_EXTENDS: Final = frozenset({"Mn", "Me", "Mc"})
_VIRAMA: Final = 9
"""The combining class of the signs that join two Indic consonants."""
_BEGINNINGS: Final = re.compile("[\u1100-\u115f\ua960-\ua97c]")
_BEGINNINGS_AND_SYLLABLES: Final = re.compile("[\u1100-\u115f\ua960-\ua97c\uac00-\ud7a3]")
_MIDDLES_AND_ENDS: Final = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb]")
_SYLLABLES_AND_PARTS: Final = re.compile("[\u1100-\u11ff\ua960-\ua97c\uac00-\ud7fb]")


def is_border(text: str, place: int) -> bool:
    """Whether a text may be cut before `place` without tearing a character apart."""
    if not 0 < place < len(text):
        return True
    before, after = text[place - 1], text[place]
    if _extends(after) or before == _JOINER or (before == "\r" and after == "\n"):
        return False
    if _is_flag_half(before) and _is_flag_half(after):
        return _flag_halves(text, place) % 2 == 0
    if unicodedata.combining(before) == _VIRAMA and unicodedata.category(after) == "Lo":
        return False
    return not _is_korean(before, after)


def _extends(character: str) -> bool:
    """Marks, what joins two emoji, skin tones, and the letters of a flag of a region."""
    if character.isascii():
        return False
    return (
        character in {_JOINER, "\u200c", "\uff9e", "\uff9f"}
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or unicodedata.category(character) in _EXTENDS
    )


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_halves(text: str, end: int) -> int:
    """How many letters of flags stand before `end` in a row; each flag has two."""
    start = end
    while start and _is_flag_half(text[start - 1]):
        start -= 1
    return end - start


def _is_korean(before: str, after: str) -> bool:
    """Whether two letters belong to one syllable that is written in parts."""
    if _MIDDLES_AND_ENDS.match(after):
        return bool(_SYLLABLES_AND_PARTS.match(before))
    return bool(_BEGINNINGS.match(before) and _BEGINNINGS_AND_SYLLABLES.match(after))
