"""Messages that ask for a person instead of an answer."""

import re
from functools import lru_cache
from typing import Final

from supportbot.answerer.domain.lists import any_of
from supportbot.common.knowledge.tokens import words

_LIST: Final = "calls_for_person.txt"
_JUST_PERSON: Final = frozenset({"operator", "human", "agent", "оператор", "оператора", "человек", "менеджер"})
_LONGEST_PERSON: Final = 14
_POLITE: Final = frozenset({"please", "пожалуйста", "a", "an"})


@lru_cache(1)
def _calls() -> re.Pattern[str]:
    return any_of(_LIST)


def asks_for_person(text: str) -> bool:
    """Whether a short message asks for a human being to take over."""
    said = words(text)
    if not said or len(said) > _LONGEST_PERSON:
        return False
    meant = [word for word in said if word not in _POLITE]
    return (len(meant) == 1 and meant[0] in _JUST_PERSON) or bool(_calls().search(" ".join(said)))
