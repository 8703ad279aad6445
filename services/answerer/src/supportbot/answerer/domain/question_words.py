"""How much the words of a question count: some only hold the question together, others are what it is about."""

from collections.abc import Collection
from functools import lru_cache
from typing import Final

from supportbot.common.knowledge.tokens import stem

LIGHT: Final = 0.5
"""A word that nearly any question could have; in a small knowledge base its rarity there says nothing."""
POINTED: Final = 1.3
"""A name or a number: an answer that lacks it is about something else."""
_ENGLISH: Final = """
name named call called know known type kind sort term word people person many much example famous use used one way give
given make made take took get want need like say said happen happened thing something someone anything part number
amount year time long old list describe described mean come go become became main considered refer referred would might
may must shall needs cost costs price
"""
_RUSSIAN: Final = """
название называется называются называли называть называют назван вид тип род термин слово имя люди людей человек
число количество сколько пример известен известный использовать используется использует один одна одно способ
образом год время часть является являются являлся происходит произошло сделать делать стать стал стала получить
дать взять хочу хотел нужно нужен нужна нужны служит считается считаются относится относятся основной главный
стоит стоить стоят цена стоимость почем
"""


def word_weight(word_stem: str, names: Collection[str], numbers: Collection[str]) -> float:
    """What a word of a question counts, given the stems of the names and numbers in it."""
    if word_stem in names or word_stem in numbers:
        return POINTED
    return LIGHT if word_stem in _light_stems() else 1.0


def is_light(word: str) -> bool:
    """Whether nearly any question could have this word: "сколько", "want"."""
    return stem(word) in _light_stems()


@lru_cache(1)
def _light_stems() -> frozenset[str]:
    return frozenset(map(stem, f"{_ENGLISH} {_RUSSIAN}".split()))
