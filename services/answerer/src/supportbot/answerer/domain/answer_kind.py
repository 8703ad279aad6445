"""What kind of thing a question asks for: a time, a number, a name; and whether a sentence has one to offer."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final, Literal

from supportbot.common.knowledge.tokens import stem

Kind = Literal["time", "price", "number", "name"]

_TIME: Final = re.compile(
    r"\bwhen\b|\bhow (?:long|soon)\b|\b(?:what|which) (?:year|date|day|month|time|hours|century|decade)\b"
    r"|\bкогда\b|\bкак (?:долго|скоро)\b|\bсколько (?:времени|ждать|ид[её]т)\b|\bво сколько\b|\bза какое время\b"
    r"|\bкак(?:ом|ой|ого|ие|им)\s(?:год|веке|месяц|день|дни|числ|час|срок|врем)\w*",
    re.IGNORECASE,
)
_PRICE: Final = re.compile(
    r"\bhow much (?:is|are|does|do|did|for|will|would|to|i|you)\b|\b(?:price|prices|cost|costs|fee|fees|tariff)\b"
    r"|\bсколько (?:\w+ )?(?:сто[ия]т|стоить|будет стоить|брать|берете|берёте|возьмете|возьмёте)\b"
    r"|\bпоч[её]м\b|\bцен[аыуе]?\b|\bстоимост\w*|\bпрайс\w*|\bрасценк\w*",
    re.IGNORECASE,
)
_MONEY: Final = re.compile(
    r"[$€£₽¥]|\b(?:usd|eur|gbp|rub|chf|euros?|dollars?|pounds?|cents?|roubles?|rubles?|free|бесплатн\w*|руб\w*|р\.|коп\w*"
    r"|евро|доллар\w*|тенге|грн)(?!\w)",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"\bhow (?:many|much|old|far|large|big|often|high|tall|fast|heavy)\b|\bpercent|\b(?:what|which) (?:amount|number)\b"
    r"|\bсколько\b|\bкак часто\b|\bкакой (?:процент|размер|вес)\b|\bкаков[аоы]? \w*\s?(?:числен|площад|высот|длин|дол|"
    r"количеств|числ|стоимост|цен)\w*|\bпо какой цене\b",
    re.IGNORECASE,
)
_NAME: Final = re.compile(
    r"\b(?:who|whom|whose|where)\b|\b(?:what|which) (?:person|player|king|president|author|city|country|place|state)\b"
    r"|\b(?:кто|кого|кому|кем|ч[ье]й|чья|где|куда|откуда)\b|\bв как(?:ом|ой) (?:город|стран|мест|округ|штат|регион)\w*",
    re.IGNORECASE,
)
_ASKED: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("time", _TIME),
    ("price", _PRICE),
    ("number", _NUMBER),
    ("name", _NAME),
)
_YEAR: Final = re.compile(r"(?:1\d|20)\d\d|\d{1,2}(?:st|nd|rd|th)")
_CLOCK: Final = re.compile(r"\b\d{1,2}[:.]\d\d\b")
_CAPITAL: Final = re.compile(r"(?<=[\w,;:)»”\"] )[«“\"(]?([A-ZА-ЯЁ][\w'-]+)")
_TIMES: Final = """
january february march april may june july august september october november december monday tuesday wednesday thursday
friday saturday sunday year month week day hour minute century decade today tomorrow immediately
январь января февраль февраля март марта апрель апреля май мая июнь июня июль июля август августа сентябрь сентября
октябрь октября ноябрь ноября декабрь декабря понедельник вторник среда среду четверг пятница суббота воскресенье год
года году лет месяц месяца неделя недели день дня дней час часа часов минута минут сутки суток век веке завтра сегодня
сразу
"""
_NUMBERS: Final = """
one two three four five six seven eight nine ten eleven twelve hundred thousand million billion dozen half third quarter
free один одна два две двух три трех четыре четырех пять пяти шесть семь восемь девять девяти десять десяти сто тысяча
миллион миллиард половина половины треть четверть бесплатно
"""


def kind_asked(question: str) -> Kind | None:
    """The kind of thing that is asked for, where the question says."""
    return next((kind for kind, pattern in _ASKED if pattern.search(question)), None)


def offers(kind: Kind, text: str, stems: Iterable[str], asked: Collection[str]) -> bool:
    """Whether a sentence, given with its stems, has a thing of this kind that is not already in the question."""
    if kind == "name":
        return any(stem(name.casefold()) not in asked for name in _CAPITAL.findall(text))
    if kind == "price":
        return (bool(_MONEY.search(text)) and any(map(str.isdigit, text))) or "free" in stems or "бесплатн" in stems
    fresh = [one for one in stems if one not in asked]
    if kind == "number":
        return any(one in _stems(_NUMBERS) or any(map(str.isdigit, one)) for one in fresh)
    return bool(_CLOCK.search(text)) or any(one in _stems(_TIMES) or _YEAR.fullmatch(one) for one in fresh)


@lru_cache(2)
def _stems(words: str) -> frozenset[str]:
    return frozenset(map(stem, words.split()))
