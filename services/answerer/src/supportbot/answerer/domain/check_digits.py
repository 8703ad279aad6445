"""Check digits of documents and accounts: what tells a real number from any other of its length.

Each takes the characters alone, without blanks and hyphens, in capitals. Sources are named with each.
"""

from collections.abc import Sequence
from typing import Final

_DNI: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU: Final = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_ODD: Final = dict(
    zip(
        "0A1B2C3D4E5F6G7H8I9JKLMNOPQRSTUVWXYZ",
        (1, 1, 0, 0, 5, 5, 7, 7, 9, 9, 13, 13, 15, 15, 17, 17, 19, 19, 21, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip


def _weighed(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def luhn(digits: str) -> bool:
    """Cards, ISO/IEC 7812-1; Swedish personal numbers of ten digits too."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004  # the sum of a two-digit number's digits
    return total % 10 == 0


def iban(text: str) -> bool:
    """ISO 13616: the number that begins at its fifth character leaves 1 over after division by 97."""
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def inn(digits: str) -> bool:
    """Russian taxpayers, 10 digits of an organisation or 12 of a person (order ММВ-7-6/435@)."""
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)

    def right(place: int) -> bool:
        return _weighed(digits[:place], weights[11 - place :]) % 11 % 10 == int(digits[place])

    return right(9) if len(digits) == 10 else right(10) and right(11)  # noqa: PLR2004  # see above


def snils(digits: str) -> bool:
    """Russian pension insurance: weights 9 to 1, modulo 101 (Pension Fund's instruction 192п)."""
    return _weighed(digits[:9], range(9, 0, -1)) % 101 % 100 == int(digits[9:])


def ogrn(digits: str) -> bool:
    """Russian register of firms, 13 digits modulo 11, or of entrepreneurs, 15 digits modulo 13 (order 25н)."""
    return int(digits[:-1]) % (len(digits) - 2) % 10 == int(digits[-1])


def iso_11_10(digits: str) -> bool:
    """ISO 7064 MOD 11,10: German tax ids, Croatian OIB."""
    carried = 10
    for digit in digits[:-1]:
        total = (carried + int(digit)) % 10 or 10
        carried = total * 2 % 11
    return (11 - carried) % 10 == int(digits[-1])


def pesel(digits: str) -> bool:
    """Polish PESEL."""
    return _weighed(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def bsn(digits: str) -> bool:
    """Dutch citizens' number: the test of eleven with -1 for the last digit."""
    return _weighed(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def nif(digits: str) -> bool:
    """Portuguese taxpayers."""
    rest = 11 - _weighed(digits[:8], range(9, 1, -1)) % 11
    return (0 if rest > 9 else rest) == int(digits[8])  # noqa: PLR2004  # two digits do not fit


def belgian(digits: str) -> bool:
    """Belgian national number, born before 2000 or after."""
    return any(97 - int(century + digits[:9]) % 97 == int(digits[9:]) for century in ("", "2"))


def nir(digits: str) -> bool:
    """French social insurance: the key is 97 less the rest by 97."""
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def dni(text: str) -> bool:
    """Spanish DNI, and NIE, whose first letter stands for 0, 1 or 2."""
    number = text[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return _DNI[int(number) % 23] == text[-1]


def codice_fiscale(text: str) -> bool:
    """Italian codice fiscale: odd places by the table of the decree of 1976, even ones by their order."""
    odd = sum(_ODD[letter] for letter in text[:15:2])
    even = sum(int(letter) if letter.isdigit() else ord(letter) - ord("A") for letter in text[1:15:2])
    return chr(ord("A") + (odd + even) % 26) == text[15]


def hetu(text: str) -> bool:
    """Finnish personal code, its century's sign left in."""
    return _HETU[int(text[:6] + text[7:10]) % 31] == text[10]


def rodne_cislo(digits: str) -> bool:
    """Czech and Slovak birth number of ten digits."""
    return int(digits) % 11 == 0


def cnp(digits: str) -> bool:
    """Romanian personal number."""
    return _weighed(digits[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11 % 10 == int(digits[12])


def egn(digits: str) -> bool:
    """Bulgarian personal number."""
    return _weighed(digits[:9], (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == int(digits[9])


def baltic(digits: str) -> bool:
    """Estonian and Lithuanian personal code: a second row of weights where the first gives ten."""
    first = _weighed(digits[:10], (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    second = _weighed(digits[:10], (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11
    return (first if first < 10 else second % 10) == int(digits[10])  # noqa: PLR2004  # two digits do not fit


def afm(digits: str) -> bool:
    """Greek taxpayers."""
    return _weighed(digits[:8], [2**power for power in range(8, 0, -1)]) % 11 % 10 == int(digits[8])


def pps(text: str) -> bool:
    """Irish personal public service number, with or without a second letter."""
    second = ord(text[8]) - ord("A") + 1 if len(text) > 8 and text[8] != "W" else 0  # noqa: PLR2004  # the ninth, if any
    rest = (_weighed(text[:7], range(8, 1, -1)) + 9 * second) % 23
    return ("W" if rest == 0 else chr(ord("A") + rest - 1)) == text[7]
