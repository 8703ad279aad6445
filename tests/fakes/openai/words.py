"""Words, stems and token counts, for Russian and English."""

import math
import re
from functools import lru_cache

import Stemmer

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
PIECE = re.compile(r"[A-Za-z]+|[^\W\d_A-Za-z]+|\d+|[^\w\s]|_")
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
STOP_WORDS = (
    "a an the is are was were be to of in on at for and or not it this that with as by from do does did i "
    "you we my your our me can how what when where which who why there if have has will would should "
    "please и в во не на я что с со как а то по у к за из о об от для это мы вы мой мне ваш ли же бы или "
    "если когда где кто какой какая какие есть быть был можно мне нам вас вам"
)
STOP = frozenset(STOP_WORDS.split())
STEMMERS = {"ru": Stemmer.Stemmer("russian"), "en": Stemmer.Stemmer("english")}


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The Snowball stem by script."""
    language = "ru" if CYRILLIC.search(word) else "en"
    return str(STEMMERS[language].stemWord(word.replace("ё", "е")))


def stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order."""
    words = (word.lower() for word in WORD.findall(text))
    return [stem(word) for word in words if word not in STOP]


def token_count(text: str) -> int:
    """About as many tokens as the real tokenizer finds."""
    return sum(_tokens(piece) for piece in PIECE.findall(text))


def _tokens(piece: str) -> int:
    if piece.isdigit() or CYRILLIC.search(piece):
        return math.ceil(len(piece) / 3)
    return math.ceil(len(piece) / 6) if piece.isascii() else len(piece)


def cut_to_tokens(text: str, limit: int) -> str:
    """The beginning of a text that fits into so many tokens."""
    used = 0
    for match in PIECE.finditer(text):
        used += _tokens(match.group())
        if used > limit:
            return text[: match.start()]
    return text


def is_russian(text: str) -> bool:
    return len(CYRILLIC.findall(text)) > len(re.findall(r"[A-Za-z]", text))
