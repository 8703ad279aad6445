"""How much the words of a question count: some only hold the question together, others are what it is about."""

from collections.abc import Collection
from functools import lru_cache
from typing import Final

from supportbot.common.knowledge.tokens import stem

LIGHT: Final = 0.5
"""A word that nearly any question could have; in a small knowledge base its rarity there says nothing."""
FAINT: Final = 0.2
"""A word that says nothing of what is asked. The index has it, as it says something in a few texts ("whether" in a
grammar); a question is searched for without it all but."""
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

_FAINT_ENGLISH: Final = """
whether instead either neither although though upon yet else ever perhaps maybe rather quite already really actually
basically somehow anyway anyways somewhere anywhere anything nothing everything everyone somebody anybody everybody got
gotten getting gets going goes went hi hello thanks thank ok okay yeah yes ye ya seem seems ones another mine stuff guys
hey whatever whenever wherever whichever kinda sorta
"""
_FAINT_RUSSIAN: Final = """
вместо хотя пока короче чо давайте здравствуйте привет спасибо хотим хотела хотелось хотели примерно собой та те
некоторые всякий иной затем опять пожалуй наверное возможно конечно получается смогу сможете сможем можете можем могли
мог могла бывает бывают вроде ага угу ок кто-то что-то где-то
"""


def word_weight(word_stem: str, names: Collection[str], numbers: Collection[str]) -> float:
    """What a word of a question counts, given the stems of the names and numbers in it."""
    if word_stem in names or word_stem in numbers:
        return POINTED
    if word_stem in _faint_stems():
        return FAINT
    return LIGHT if word_stem in _light_stems() else 1.0


def is_light(word: str) -> bool:
    """Whether nearly any question could have this word: "сколько", "want"."""
    return word_weight(stem(word), (), ()) < 1.0


@lru_cache(1)
def _light_stems() -> frozenset[str]:
    return frozenset(map(stem, f"{_ENGLISH} {_RUSSIAN}".split()))


@lru_cache(1)
def _faint_stems() -> frozenset[str]:
    return frozenset(map(stem, f"{_FAINT_ENGLISH} {_FAINT_RUSSIAN}".split())) - _light_stems()
