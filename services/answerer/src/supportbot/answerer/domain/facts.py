"""Numbers, links and names in a text: what an answer must never make up."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from supportbot.common.knowledge.tokens import normalise, stem, words

_LINK: Final = re.compile(r"(?:https?://|www\.)[^\s<>«»\"')\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_BARE_HOST: Final = re.compile(
    r"(?<![\w@/.])(?:[a-z0-9-]+\.)+(?:com|org|net|ru|рф|io|shop|app|dev|info|biz|eu|uk|de)\b"
)
_DIGITS: Final = re.compile(r"\d+(?:[.,:/–-]\d+|[ \u00a0\u202f\u2009]\d{3}(?!\d))*")
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f\u2009 ]\d{3})+")
_DECIMAL: Final = re.compile(r"\d+[.,]\d+")
_LETTER_WORD: Final = re.compile(r"[^\W\d_][\w'’-]*")
_SPOKEN: Final = {
    "1": "one один одна одно одного одной одну",
    "2": "two twice два две двух двум двумя дважды",
    "3": "three три трех трем тремя трое",
    "4": "four четыре четырех четырем",
    "5": "five пять пяти",
    "6": "six шесть шести",
    "7": "seven семь семи",
    "8": "eight восемь восьми",
    "9": "nine девять девяти",
    "10": "ten десять десяти",
    "11": "eleven одиннадцать одиннадцати",
    "12": "twelve dozen двенадцать двенадцати",
    "14": "fourteen четырнадцать четырнадцати",
    "15": "fifteen пятнадцать пятнадцати",
    "20": "twenty двадцать двадцати",
    "24": "twenty-four",
    "30": "thirty тридцать тридцати",
    "60": "sixty шестьдесят шестидесяти",
    "90": "ninety девяносто девяноста",
    "100": "hundred сто ста",
    "1000": "thousand тысяча тысячи тысяч",
}
_DIGITS_OF: Final = {word: digits for digits, spoken in _SPOKEN.items() for word in spoken.split()}


@dataclass(frozen=True, slots=True)
class Source:
    """What a sentence may draw its facts from."""

    numbers: frozenset[str]
    stems: frozenset[str]
    text: str
    """Normalised."""


def source_of(text: str) -> Source:
    """The facts of a text, with numbers in all the forms in which they may be repeated."""
    return Source(frozenset(_all_numbers(text)), frozenset(stem(word) for word in words(text)), normalise(text))


def missing_number(sentence: str, source: Source) -> bool:
    """Whether a number, date or time of the sentence does not occur in the source."""
    without_links = _LINK.sub(" ", sentence)
    return any(not _is_known(match.group(), source) for match in _DIGITS.finditer(without_links))


def missing_link(sentence: str, source: Source) -> bool:
    """Whether an address, link or host of the sentence does not occur in the source."""
    text = normalise(sentence)
    found = [match.group().rstrip(".,;:!?") for pattern in (_LINK, _BARE_HOST) for match in pattern.finditer(text)]
    return any(link not in source.text for link in found)


def missing_name(sentence: str, source: Source) -> bool:
    """Whether a word that is written with a capital inside the sentence does not occur in the source."""
    return any(stem(words(name)[0]) not in source.stems for name in _names(sentence) if words(name))


def _names(sentence: str) -> Iterator[str]:
    """Capitalised words, but for those that begin the sentence, a quotation or what follows a colon or a full stop."""
    for match in _LETTER_WORD.finditer(_LINK.sub(" ", sentence)):
        before = sentence[: match.start()].rstrip(" «“\"'(*_")
        inside = bool(before) and before[-1] not in ".!?:…-–—•"
        if inside and match.group()[0].isupper() and len(match.group()) > 1:
            yield match.group()


def _is_known(number: str, source: Source) -> bool:
    whole = _whole(number)
    if whole is not None:
        return whole in source.numbers
    return all(part in source.numbers for part in _parts(number))


def _all_numbers(text: str) -> Iterator[str]:
    for match in _DIGITS.finditer(text):
        whole = _whole(match.group())
        if whole is not None:
            yield whole
        if whole is None or not _is_grouped(match.group()):
            yield from _parts(match.group())
    for word in words(text):
        if word in _DIGITS_OF:
            yield _DIGITS_OF[word]


def _is_grouped(number: str) -> bool:
    return bool(_THOUSANDS.fullmatch(number) or _DECIMAL.fullmatch(number))


def _whole(number: str) -> str | None:
    """A number as one value: `1,200` is 1200, `3,5` is 3.5; None for dates, times, ranges and phone numbers."""
    if number.isdigit():
        return number.lstrip("0") or "0"
    if _THOUSANDS.fullmatch(number):
        return re.sub(r"\D", "", number).lstrip("0") or "0"
    if _DECIMAL.fullmatch(number):
        return number.replace(",", ".").lstrip("0")
    return None


def _parts(number: str) -> list[str]:
    return [part.lstrip("0") or "0" for part in re.split(r"\D+", number) if part]
