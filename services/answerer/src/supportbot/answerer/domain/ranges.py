"""Amounts that are in no document but within one of its ranges: 25 kg, where it says "over 20 kg"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Final

from supportbot.common.knowledge.tokens import normalise, stem

_NUMBER: Final = r"(\d+(?:[.,]\d+)?)"
_UNIT: Final = r"(?:[ \u00a0\u202f]?([^\W\d_]+|[%€$£₽]))?"
_AMOUNT: Final = re.compile(rf"(?<![\d.,:/–-]){_NUMBER}{_UNIT}(?![\d:/])")
_BETWEEN: Final = re.compile(rf"{_NUMBER}{_UNIT} ?(?:[–—-]|to|and|до) ?{_NUMBER}{_UNIT}")
_LEAST: Final = re.compile(
    r"\b(?:over|above|more than|at least|from|older than|heavier than|свыше|от|более|больше|старше|тяжелее)"
    rf" {_NUMBER}{_UNIT}"
)
_MOST: Final = re.compile(
    r"\b(?:under|below|less than|at most|up to|younger than|lighter than|within|до|менее|меньше|младше|легче)"
    rf" {_NUMBER}{_UNIT}"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and the stem of the unit that follows it, empty where none does."""

    value: float
    unit: str


def amounts_in(text: str) -> Iterator[Amount]:
    """The plain numbers of a text with their units; dates, times and ranges are none."""
    for match in _AMOUNT.finditer(normalise(text)):
        yield Amount(_value(match[1]), _unit(match[2]))


def covers(statement: str, amount: Amount) -> bool:
    """Whether a range of the statement has the amount, in its unit; that may stand elsewhere in it, as in a column."""
    text = normalise(statement)
    return any(
        low <= amount.value <= high and (unit == amount.unit if unit else amount.unit in map(stem, text.split()))
        for low, high, unit in _ranges(text)
    )


def _ranges(text: str) -> Iterator[tuple[float, float, str]]:
    for match in _BETWEEN.finditer(text):
        yield _value(match[1]), _value(match[3]), _unit(match[4] or match[2])
    bare = _BETWEEN.sub(" ", text)
    for match in _LEAST.finditer(bare):
        yield _value(match[1]), inf, _unit(match[2])
    for match in _MOST.finditer(bare):
        yield 0.0, _value(match[1]), _unit(match[2])


def _value(number: str) -> float:
    return float(number.replace(",", "."))


def _unit(word: str | None) -> str:
    return stem(word) if word else ""
