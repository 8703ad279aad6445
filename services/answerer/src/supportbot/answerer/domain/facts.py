"""Numbers, links and names in a text: what an answer must never make up."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from supportbot.common.knowledge.tokens import normalise, stem, words

_LINK: Final = re.compile(
    r"(?:https?://|www\.)[^\s<>«»\"')\]]+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_BARE_HOST: Final = re.compile(
    r"(?<![\w@/.-])(?!(?:e\.g|i\.e|a\.m|p\.m|т\.[а-я]|и\.о)\b)(?:[a-zа-я0-9-]+\.)+(?:[a-z]{2,}|рф|рус|онлайн|сайт|дети|москва)\b"
)
"""Whatever ends like a host may be one: new endings come every month. What a passage says as well is fine."""
_DOTS: Final = str.maketrans("。．｡․", "....")
_PHONE: Final = re.compile(r"(?:\+\d{1,3}|\b8)[\s(–-]{0,3}\d[\d\s()–-]{6,}\d")
_DIGITS: Final = re.compile(r"\d+(?:[.,:/–-]\d+|[ \u00a0\u202f\u2009]\d{3}(?!\d))*")
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f\u2009 ]\d{3})+")
_DECIMAL: Final = re.compile(r"\d+[.,]\d+")
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})")
_NOON: Final = 12
_PHONE_DIGITS: Final = 10
"""The digits of a number without its country's or trunk prefix."""
_DATE_PARTS: Final = 3
_UNITS: Final = (
    (r"hours?|час\w*|ч", r"days?|день|дня|дней|сут\w+", 24),
    (r"minutes?|min|минут\w*|мин", r"hours?|час\w*|ч", 60),
    (r"days?|день|дня|дней", r"weeks?|недел\w+", 7),
    (r"months?|месяц\w*|мес", r"years?|год\w*|лет", 12),
)
"""Of a unit so many are one of the next: 14 days are said as two weeks."""
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

_WITH_UNIT: Final = re.compile(rf"(?<![\d.,:/–-])\b(\d{{1,4}}|{'|'.join(_DIGITS_OF)})[\s\u00a0-]([^\W\d_]+)")

BESIDE_FACTS: Final = frozenset(
    map(
        stem,
        "sure certainly course absolutely correct right exactly unfortunately sorry please yes "
        "конечно разумеется верно правильно именно безусловно жаль сожалению извините пожалуйста да нет".split(),
    )
)
"""Words that may stand alone in a sentence, such as `Yes.`: it rests on its neighbours."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a sentence may draw its facts from."""

    numbers: frozenset[str]
    stems: frozenset[str]
    text: str
    """Normalised."""

    def with_numbers(self, numbers: frozenset[str]) -> "Source":
        """The same with more numbers that a sentence may name."""
        return replace(self, numbers=self.numbers | numbers) if numbers else self


def source_of(text: str) -> Source:
    """The facts of a text, with numbers in all the forms in which they may be repeated."""
    numbers = frozenset(_numbers(text)).union(_other_spellings(text))
    return Source(numbers, frozenset(stem(word) for word in words(text)), normalise(text))


def numbers_in(sentence: str) -> Iterator[str]:
    """The numbers, dates and times of a sentence, each in one spelling; what stands in a link is none."""
    return _numbers(_LINK.sub(" ", sentence))


def missing_number(sentence: str, source: Source) -> bool:
    """Whether a number, date or time of the sentence does not occur in the source."""
    return not all(_is_known(number, source) for number in numbers_in(sentence))


def missing_link(sentence: str, source: Source) -> bool:
    """Whether an address, link or host of the sentence does not occur in the source."""
    text = normalise(sentence.translate(_DOTS))
    found = [match.group().rstrip(".,;:!?") for pattern in (_LINK, _BARE_HOST) for match in pattern.finditer(text)]
    return any(link not in source.text for link in found)


def unlisted_link(sentence: str, hosts: frozenset[str]) -> bool:
    """Whether a link or host of the sentence is of none of these hosts, nor below one; all are fine where none is."""
    if not hosts:
        return False
    text = normalise(sentence.translate(_DOTS))
    named = (match.group() for pattern in (_LINK, _BARE_HOST) for match in pattern.finditer(text))
    return any(not any(_is_below(_host(link), host) for host in hosts) for link in named)


def _host(link: str) -> str:
    return re.split(r"[/?#:]", re.sub(r"^https?://", "", link).rpartition("@")[2])[0].strip(".,;!")


def _is_below(host: str, listed: str) -> bool:
    return host.removeprefix("www.") == listed or host.endswith(f".{listed}")


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
    if number in source.numbers:
        return True
    hour, _, minutes = number.partition(":")
    return minutes == "00" and hour in source.numbers


def _numbers(text: str) -> Iterator[str]:
    """The numbers, times, dates and telephone numbers of a text, each in one spelling."""
    for match in _PHONE.finditer(text):
        yield "tel" + re.sub(r"\D", "", match.group())[-_PHONE_DIGITS:]
    for match in _DIGITS.finditer(_PHONE.sub(" ", text)):
        ends = re.split("[–-]", match.group())
        if len(ends) == _DATE_PARTS:
            yield _date(ends[::-1])
        else:
            yield from (_one(end) for end in ends if end)


def _other_spellings(text: str) -> Iterator[str]:
    """How else an answer may put the numbers of a text: `10` for 10:00, `1` and `2026` for 1.5.2026, `2` for two."""
    for number in _numbers(text):
        if time := _TIME.fullmatch(number):
            yield time.group(1)
            if int(time.group(1)) > _NOON:
                yield f"{int(time.group(1)) - _NOON}:{time.group(2)}"  # 5:30 pm for 17:30
        elif number.startswith("date"):
            yield from number.removeprefix("date").split(".")
    for word in words(text):
        if word in _DIGITS_OF:
            yield _DIGITS_OF[word]
    yield from _in_other_units(text)


def _in_other_units(text: str) -> Iterator[str]:
    for number, unit in _WITH_UNIT.findall(text.casefold()):
        count = int(_DIGITS_OF.get(number, number))
        for small, large, factor in _UNITS:
            if re.fullmatch(small, unit) and count % factor == 0:
                yield str(count // factor)
            if re.fullmatch(large, unit):
                yield str(count * factor)


def _one(number: str) -> str:
    """`1,200` and `1 200` as 1200, `3,5` as 3.5, `09:00` as 9:00, `01.05.2026` as a date; others as they are."""
    if time := _TIME.fullmatch(number):
        return f"{_bare(time.group(1))}:{time.group(2)}"
    if _THOUSANDS.fullmatch(number) or number.isdigit():
        return _bare(re.sub(r"\D", "", number))
    if _DECIMAL.fullmatch(number):
        return _bare(number.replace(",", "."))
    parts = re.split("[./]", number)
    return _date(parts) if len(parts) == _DATE_PARTS else number


def _date(parts: list[str]) -> str:
    """Day, month and year."""
    return "date" + ".".join(_bare(part) for part in parts)


def _bare(digits: str) -> str:
    return digits.lstrip("0") or "0"
