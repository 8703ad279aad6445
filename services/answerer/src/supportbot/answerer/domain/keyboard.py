"""Words typed with the keyboard set to the other language: `ghbdtn` for `привет`, `руддщ` for `hello`."""

from collections.abc import Callable
from typing import Final

from supportbot.common.knowledge.tokens import words

_KEYS: Final = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>~"
_LETTERS: Final = "йцукенгшщзхъфывапролджэячсмитьбюёЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ"
_TO_RUSSIAN: Final = str.maketrans(_KEYS, _LETTERS)
_TO_ENGLISH: Final = str.maketrans(_LETTERS, _KEYS)
_ASKED: Final = {"&": "?", "/": "."}
"""Where these marks of the Russian layout are on the English one."""
LONGEST: Final = 400
"""Nobody types more than so many letters without a look at the screen."""

Plausible = Callable[[str], bool]
"""Whether a word is one that people who ask here may say."""


def other_layout(token: str) -> str:
    """What the same keys give in the other layout; a mark at the end that ends a sentence stays one."""
    if any("а" <= letter <= "я" or letter == "ё" for letter in token.casefold()):
        return token.translate(_TO_ENGLISH)
    body = token.rstrip("?!&/,")
    end = token[len(body) :]
    return body.translate(_TO_RUSSIAN) + "".join(_ASKED.get(mark, mark) for mark in end)


def retyped(text: str, plausible: Plausible) -> str:
    """The text with every token that makes no sense as it stands and does in the other layout."""
    tokens = text.split()
    meant = [_meant(token, plausible) for token in tokens]
    return " ".join(meant) if meant != tokens else text


def senseless(text: str, plausible: Plausible) -> list[str]:
    """The tokens that make no sense as they stand."""
    return [token for token in text.split() if _is_senseless(token, plausible)]


def _is_senseless(token: str, plausible: Plausible) -> bool:
    as_typed = words(token)
    return bool(as_typed) and not any(map(plausible, as_typed))


def _meant(token: str, plausible: Plausible) -> str:
    if not _is_senseless(token, plausible):
        return token
    other = other_layout(token)
    said = words(other)
    return other if len(said) == 1 and plausible(said[0]) else token
