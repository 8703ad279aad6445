"""Words that turn a sentence into its opposite or limit it, in English and Russian."""

import re
from typing import Final

_NOT: Final = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|can't|don't|doesn't|didn't|isn't|aren't|wasn't"
    r"|won't|wouldn't|shouldn't|unable|impossible|unavailable|forbidden|prohibited|нет|не|ни|без|никогда|никто|ничего"
    r"|non-?\w+|un\w+able|exclud\w+|refus\w+|нельзя|отказ\w*|исключен\w*|невозможно|запрещено|запрещён|запрещен|запрещена|запрещены|недоступн\w+|кроме|except)\b",
    re.IGNORECASE,
)
_ONLY: Final = re.compile(
    r"\b(?:only|just|solely|exclusively|только|лишь|исключительно|единственн\w+)\b",
    re.IGNORECASE,
)


def is_negated(text: str) -> bool:
    """Whether a text denies or excludes something."""
    return bool(_NOT.search(text))


def is_limited(text: str) -> bool:
    """Whether a text says that something holds for one thing and no other."""
    return bool(_ONLY.search(text))
