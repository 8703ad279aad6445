"""Several questions in one message."""

import re
from typing import Final

from supportbot.answerer.domain.query import points_back
from supportbot.answerer.domain.small_talk import without_pleasantries
from supportbot.common.knowledge.tokens import content_words

MOST: Final = 4
"""Whoever asks more at once tells a story, and a person is to read it."""
_ASKS: Final = (
    r"how|what|when|where|who|which|why|do|does|did|is|are|can|could|may|will|would|should"
    r"|сколько|как|какой|какая|какие|каков|когда|где|куда|кто|что|почему|зачем|есть ли|можно ли|можно|нужно ли|нужна ли"
    r"|\w+(?:ете|ёте|ите|ют|ут|ет|ит|но|ен|на) ли"
)
_BORDER: Final = re.compile(
    rf"(?<=\?)\s+|[,;]?\s+(?:and also|and|also|plus|и ещё|и еще|а ещё|а еще|а также|и|а)\s+(?=(?:{_ASKS})\b)",
    re.IGNORECASE,
)


def parts_of(text: str) -> list[str]:
    """The questions of a message, each to be understood alone; the message itself where it is one, or too many."""
    parts = [part.strip(" ,;") for part in _BORDER.split(without_pleasantries(text)) if part.strip(" ,;?")]
    if not 1 < len(parts) <= MOST or any(not _stands_alone(part) for part in parts):
        return [text]
    return parts


def _stands_alone(part: str) -> bool:
    return bool(content_words(part)) and not points_back(part)
