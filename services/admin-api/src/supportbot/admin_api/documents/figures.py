"""The figures of a sentence, and what is left of it without them: what tells two statements about one thing apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from supportbot.common.knowledge.tokens import stem

FEWEST_WORDS: Final = 4
"""Of a sentence without its figures: fewer say too little about what it speaks of."""
_LONGEST: Final = 400
_SENTENCE: Final = re.compile(r"[^.!?\n]+(?:[.!?](?=\d)[^.!?\n]+)*")
_TOKEN: Final = re.compile(r"[$€£₽]|\d[\d\u00a0\u202f ]*(?:[.,:]\d+)*|[^\W\d_]+|%")
_UNITS: Final = frozenset(
    stem(word)
    for word in (
        "day days hour hours minute minutes second seconds week weeks month months year years percent "
        "dollar dollars euro euros pound pounds ruble rubles rouble roubles usd eur rub gbp "
        "kg g gram grams km m metre metres meter meters cm mm litre litres liter liters mb gb kb "
        "день дня дней час часа часов минута минуты минут секунд неделя недели недель месяц месяца месяцев год года "
        "лет процент процента процентов рубль рубля рублей руб доллар долларов евро кг г грамм км м метр метров см мм "
        "литр литров мб гб кб сутки суток"
    ).split()
) | frozenset("$€£₽%")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with figures."""

    sentence: str
    stems: tuple[str, ...]
    """Its words without figures and units; `#` where a figure stands."""
    figures: tuple[str, ...]
    """Each with its unit: `14 day`, `5.50 €`."""


def statements(text: str) -> Iterator[Statement]:
    """Every sentence of a text that has figures and enough words beside."""
    for match in _SENTENCE.finditer(text):
        sentence = " ".join(match[0].split())
        if len(sentence) <= _LONGEST and (found := _statement(sentence)) is not None:
            yield found


def _statement(sentence: str) -> Statement | None:
    stems: list[str] = []
    figures: list[str] = []
    sign = ""
    after_figure = False
    for token in _TOKEN.findall(sentence):
        word = token if token in _UNITS else stem(token.casefold())
        if token[0].isdecimal():
            figures.append(f"{_plain(token)} {sign}".strip())
            stems.append("#")
            sign, after_figure = "", True
        elif after_figure and word in _UNITS:
            figures[-1] = f"{figures[-1]} {word}"
            after_figure = False
        elif word in "$€£₽":
            sign = word
        else:
            stems.append(word)
            after_figure = False
    enough = sum(one != "#" for one in stems) >= FEWEST_WORDS
    return Statement(sentence, tuple(stems), tuple(figures)) if figures and enough else None


def _plain(number: str) -> str:
    """Without the spaces between thousands; 5,50 and 5.50 are one figure."""
    return re.sub(r"[^\d.,:]", "", number).replace(",", ".")
