"""How a text becomes words, stems and letter groups: the same for passages and for questions."""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

from supportbot.common.knowledge.languages import is_cyrillic
from supportbot.common.knowledge.stop_words import STOP_WORDS

GRAM: Final = 4
_LONG_WORD: Final = 24
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_NUMBER_GROUPS: Final = re.compile(r"(?<=\d)[,.](?=\d)")
_INVISIBLE: Final = re.compile("[\x00\u00ad\u0300\u0301\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff]")
_ALIKE: Final = (("’", "'"), ("ʼ", "'"), ("`", "'"), ("ё", "е"))
_LATIN: Final = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфыэьъ", ["a", "b", "v", "g", "d", "e", "z", "i", "i", "k", "l", "m", "n", "o",
                                                "p", "r", "s", "t", "u", "f", "i", "e", "", ""], strict=True)),
        "ж": "zh", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ю": "iu", "я": "ia", "і": "i", "є": "e",
    }
)  # fmt: skip
_SPOKEN: Final = (
    ("ph", "f"), ("th", "t"), ("ck", "k"), ("qu", "kv"), ("x", "ks"), ("w", "v"), ("y", "i"), ("j", "dzh"), ("q", "k"),
    ("ch", "\0"), ("ce", "tse"), ("ci", "tsi"), ("c", "k"), ("\0", "ch"),
    *((letter * 2, letter) for letter in "abdefgiklmnoprstuvz"),
)  # fmt: skip
"""Replaced in this order, by plain replacing: one pattern for all took five times as long."""
_stemmers = threading.local()


def normalise(text: str) -> str:
    """NFKC, casefolded, `ё` as `е`; marks, soft hyphens and other characters that nobody sees are gone."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    for written, meant in _ALIKE:
        folded = folded.replace(written, meant)
    return _INVISIBLE.sub("", folded)


def with_whole_numbers(text: str) -> str:
    """The text, normalised, with `1,000` as `1000`."""
    return _NUMBER_GROUPS.sub("", normalise(text))


def words(text: str) -> list[str]:
    """The words and numbers of a text, normalised, in their order; `1,000` is one number."""
    return _WORD.findall(with_whole_numbers(text))


def content_words(text: str) -> list[str]:
    """The words without those that say nothing."""
    return [word for word in words(text) if word not in STOP_WORDS]


def stem(word: str) -> str:
    """Snowball's stem, Russian or English by the script of the word."""
    russian = not word.isascii() and is_cyrillic(word)
    return str(_stemmer("russian" if russian else "english").stemWord(word))


def stems(text: str) -> list[str]:
    """The stems of a text's content words, with repeats."""
    return [stem(word) for word in content_words(text)]


def transliterate(text: str) -> str:
    """Normalised words by their sound in Latin letters, roughly: `пэнтерс` and `panthers` come out nearly alike."""
    return _word_heard(text) if len(text) <= _LONG_WORD else _heard(text)


def _heard(text: str) -> str:
    heard = text if text.isascii() else text.translate(_LATIN)
    for written, sound in _SPOKEN:
        heard = heard.replace(written, sound)
    return heard


_word_heard = lru_cache(1 << 13)(_heard)
"""Single words come again and again."""


def marked(source: Iterable[str]) -> str:
    """The sounds of words, each between marks of its ends, so that a gram is in it just where a word has that gram."""
    return transliterate("".join([f"<{word}>" for word in source]))


def grams(source: Iterable[str]) -> Iterator[str]:
    """Groups of four letters of each transliterated word, whose ends are marked; short words stay whole."""
    for word in marked(source).split(">")[:-1]:
        closed = f"{word}>"
        if len(closed) <= GRAM:
            yield closed
        else:
            yield from [closed[start : start + GRAM] for start in range(len(closed) - GRAM + 1)]


def _stemmer(algorithm: str) -> Any:
    """A stemmer of this thread: PyStemmer's objects must not be shared between threads."""
    found = getattr(_stemmers, algorithm, None)
    if found is None:
        import Stemmer

        found = Stemmer.Stemmer(algorithm)
        setattr(_stemmers, algorithm, found)
    return found
