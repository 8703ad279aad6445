"""Personal data in what people write: replaced before it leaves for a model, put back into what comes back."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from supportbot.answerer.domain import check_digits as check

_SEPARATORS: Final = re.compile(r"[\s.()/–-]+")
_BLANKS: Final = " \u00a0\u2007\u2009\u202f"
"""Also those that come along where a number is pasted."""
_PLACEHOLDER: Final = re.compile(r"\[[A-Z]+_\d+\]")
_NOT_INSIDE: Final = r"(?<![\w.,])"
_END: Final = r"(?![\w])"
_VAT: Final = (
    r"(?:ATU\d{8}|BE[01]\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|EL\d{9}|ES[A-Z0-9]\d{7}[A-Z0-9]"
    r"|FI\d{8}|FR[A-Z0-9]{2}\d{9}|HR\d{11}|HU\d{8}|IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}|IT\d{11}|LT(?:\d{9}|\d{12})|LU\d{8}"
    r"|LV\d{11}|MT\d{8}|NL\d{9}B\d{2}|PL\d{10}|PT\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10})"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of personal data: how it is written and, where it has check digits, whether they are right."""

    kind: str
    written: re.Pattern[str]
    holds: Callable[[str], bool] = lambda _: True
    """Of the characters alone, without blanks and hyphens, in capitals."""
    hyphens_count: bool = False

    def is_real(self, value: str) -> bool:
        """Whether what is written so has the right check digits."""
        capitals = value.upper()
        return self.holds(capitals if self.hyphens_count else _SEPARATORS.sub("", capitals))


def _rule(kind: str, pattern: str, holds: Callable[[str], bool] = lambda _: True) -> Rule:
    return Rule(kind, re.compile(_NOT_INSIDE + pattern + _END, re.IGNORECASE | re.ASCII), holds)


def _digits(*lengths: int) -> str:
    """A number of so many digits, written in groups or not."""
    return (
        "(?:" + "|".join(rf"\d(?:[{_BLANKS}.-]?\d){{{length - 1}}}" for length in sorted(lengths, reverse=True)) + ")"
    )


RULES: Final = (
    Rule("EMAIL", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    _rule("ACCOUNT", r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?", check.iban),
    _rule("CARD", _digits(*range(13, 20)), check.luhn),
    _rule("PHONE", rf"\+\d(?:[{_BLANKS}().–-]{{0,3}}\d){{7,14}}"),
    _rule("PHONE", r"8B?\(?\d{3}\)?B?\d{3}B?\d{2}B?\d{2}".replace("B", f"[{_BLANKS}–-]")),
    _rule("SNILS", r"\d{3}-?\d{3}-?\d{3}[ -]?\d{2}", check.snils),
    _rule("OGRN", _digits(13, 15), check.ogrn),
    _rule("INN", r"(?:\d{12}|\d{10})", check.inn),
    _rule("PASSPORT", r"\d{2} ?\d{2} ?(?:№|N|номер)? ?\d{6}"),
    _rule("ID", r"[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPRST][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]", check.codice_fiscale),
    _rule("ID", r"(?:\d{8}|[XYZ]\d{7})-?[TRWAGMYFPDXBNJZSQVHLCKE]", check.dni),
    Rule(
        "ID", re.compile(r"(?<!\w)\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y](?!\w)", re.ASCII), check.hetu, hyphens_count=True
    ),
    _rule("ID", r"\d{7}[A-W][A-IW]?", check.pps),
    _rule("ID", r"[12] ?\d{2} ?\d{2} ?\d{2} ?\d{3} ?\d{3} ?\d{2}", check.nir),
    _rule("ID", r"\d{2}\.?\d{2}\.?\d{2}-?\d{3}\.?\d{2}", lambda text: _any(text, check.belgian, check.pesel)),
    _rule("ID", r"\d{11}", lambda text: _any(text, check.iso_11_10, check.pesel, check.baltic)),
    _rule("ID", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", check.iso_11_10),
    _rule("ID", r"[1-9]\d{12}", check.cnp),
    _rule("ID", r"\d{6}/?\d{4}", lambda text: _any(text, check.rodne_cislo, check.egn)),
    _rule("ID", r"(?:\d{2})?\d{6}[-+]?\d{4}", lambda text: check.luhn(text[-10:])),
    _rule("ID", r"\d{3}[ .]?\d{3}[ .]?\d{3}", lambda text: _any(text, check.bsn, check.nif, check.afm)),
    _rule("VAT", _VAT),
    _rule("NUMBER", rf"(?!\d{{4}}-\d\d-\d\d(?!\d))\+?\(?\d(?:[{_BLANKS}()–-]{{0,3}}\d){{8,18}}"),
)
"""In the order in which they are tried. The last takes every other long number: a mistyped card is private as well."""


@dataclass
class Vault:
    """What one question's texts had to hide: the same value has the same placeholder everywhere."""

    _values: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def mask(self, text: str) -> str:
        """The text with `[EMAIL_1]`, `[CARD_1]` and so on in place of personal data.

        Names stay: without them a question loses its sense, and no rule finds them well.
        """
        self._taken.update(_PLACEHOLDER.findall(text))
        for rule in RULES:
            text = rule.written.sub(lambda match, rule=rule: self._hidden(match.group(), rule), text)  # type: ignore[misc]
        return text

    def restore(self, text: str) -> str:
        """The text with what was hidden in its place; placeholders that are not ours stay as they are."""
        return _PLACEHOLDER.sub(lambda match: self._values.get(match.group(), match.group()), text)

    def without(self, text: str) -> str:
        """The text without our placeholders: what is left has to be borne out by documents."""
        return _PLACEHOLDER.sub(lambda match: "" if match.group() in self._values else match.group(), text)

    def _hidden(self, value: str, rule: Rule) -> str:
        if value in self._names:
            return self._names[value]
        if not rule.is_real(value):
            return value
        number = 1
        while (name := f"[{rule.kind}_{number}]") in self._values or name in self._taken:
            number += 1
        self._values[name] = value
        self._names[value] = name
        return name


def _any(text: str, *checks: Callable[[str], bool]) -> bool:
    return any(one(text) for one in checks)
