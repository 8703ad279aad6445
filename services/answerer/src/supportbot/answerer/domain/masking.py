"""Personal data in what people write, replaced before it leaves for a model."""

import re
from typing import Final

_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b")
_LONG_NUMBER: Final = re.compile(r"(?<![\w.,])\+?\(?\d(?:[ ()–-]{0,3}\d){8,18}(?![\w])")
_CARD_LENGTHS: Final = range(13, 20)


def mask(text: str) -> str:
    """E-mail addresses, bank accounts, cards, telephone and document numbers as `[email]`, `[card]` and so on.

    Names stay: without them a question loses its sense, and no rule finds them well.
    """
    masked = _IBAN.sub("[account]", _EMAIL.sub("[email]", text))
    return _LONG_NUMBER.sub(_kind_of_number, masked)


def _kind_of_number(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match.group())
    if len(digits) in _CARD_LENGTHS and _has_check_digit(digits):
        return "[card]"
    return "[number]"


def _has_check_digit(digits: str) -> bool:
    """Luhn's rule, ISO/IEC 7812-1."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004  # the sum of a two-digit number's digits
    return total % 10 == 0
