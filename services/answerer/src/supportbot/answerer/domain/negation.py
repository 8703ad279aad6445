"""Words that turn a sentence into its opposite or limit it, in English and Russian."""

import re
from typing import Final

_NOT: Final = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|can't|don't|doesn't|didn't|isn't|aren't|wasn't"
    r"|won't|wouldn't|shouldn't|unable|impossible|unavailable|forbidden|prohibited|нет|не|ни|без|никогда|никто|ничего"
    r"|non-?\w+|un\w+able|exclud\w+|refus\w+|нельзя|отказ\w*|исключен\w*|невозможно|запрещено|запрещён|запрещен|запрещена|запрещены|недоступн\w+|кроме|except)\b",
    re.IGNORECASE,
)
_NO: Final = re.compile(r"^\W*(?:no|нет)\s*[,.:!—–-]\s*", re.IGNORECASE)
_ONLY: Final = re.compile(
    r"\b(?:only|just|solely|exclusively|только|лишь|исключительно|единственн\w+)\b",
    re.IGNORECASE,
)


_ALL: Final = re.compile(
    r"\b(?:all|always|any|anything|anyone|everything|everyone|everybody|every(?! \d)|both|все|всё|всегда|всем"
    r"|всех|люб(?:ой|ая|ое|ые|ого|ую|ых)|кажд(?:ый|ая|ое|ого|ую|ые)(?! \d)|оба|обе)\b",
    re.IGNORECASE,
)
_CONDITION: Final = re.compile(
    r"\b(?:if|unless|except|apart from|otherwise|instead|other than|rather than|provided|but not|если|кроме|иначе"
    r"|вместо|помимо|а не|но не|more|less|over|under|older|younger|least|most|heavier|lighter|больше|меньше|более|менее"
    r"|старше|младше|свыше|тяжелее|легче|моложе)\b",
    re.IGNORECASE,
)


def is_negated(text: str) -> bool:
    """Whether a text denies or excludes something; a "No," that it begins with answers a question of somebody's."""
    return bool(_NOT.search(_NO.sub("", text)))


def is_limited(text: str) -> bool:
    """Whether a text says that something holds for one thing and no other."""
    return bool(_ONLY.search(text))


def is_widened(text: str) -> bool:
    """Whether a text says that something holds for all, always or even then."""
    return bool(_ALL.search(text))


def is_conditional(text: str) -> bool:
    """Whether a text speaks of a condition, an exception or a bound: with these "not" may be said either way round."""
    return bool(_CONDITION.search(text))
