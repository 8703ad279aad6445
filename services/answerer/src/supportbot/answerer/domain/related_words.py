"""Words that mean nearly the same, in one language or in both: from a list that anyone can edit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final, Self

from supportbot.common.knowledge.stop_words import STOP_WORDS
from supportbot.common.knowledge.tokens import stem, words

SYNONYM: Final = 0.5
TRANSLATION: Final = 0.8
"""What a related word counts beside the word itself. In the other language it cannot be itself, so it counts more."""
PHRASE: Final = 0.9
"""What a word counts for a phrase of several telling words: "money back" means a refund and nothing else, whereas "how
long" may mean anything. Flat from 0.7 to 1."""
_LIST: Final = "related_words.txt"
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A word that a question does not say, for words that it does say; all as stems."""

    said: Phrase
    meant: str
    strength: float


class RelatedWords:
    """Groups of words and short phrases; a phrase is only looked for in questions, what it stands for is one word."""

    def __init__(self, relations: Mapping[Phrase, Mapping[str, float]]) -> None:
        """Phrase as stems → stem of a related word → strength."""
        self._relations = relations
        self._longest = max(map(len, relations), default=0)

    @classmethod
    def parse(cls, *texts: str) -> Self:
        """Lists taken together: a group a line, `English, words = русские, слова`; what follows a `#` is a remark."""
        found: dict[Phrase, dict[str, float]] = {}
        for line in "\n".join(texts).splitlines():
            sides = [_phrases(side) for side in line.partition("#")[0].split("=")]
            for place, side in enumerate(sides):
                for other_place, other in enumerate(sides):
                    strength = SYNONYM if place == other_place else TRANSLATION
                    _relate(found, side, other, strength)
        return cls(found)

    def relations(self, asked: Sequence[str]) -> list[Relation]:
        """What the words of a question stand for, taken alone and together with those that follow."""
        stems = tuple(map(stem, asked))
        return [
            Relation(said, meant, strength)
            for start in range(len(stems))
            for length in range(1, min(self._longest, len(stems) - start) + 1)
            for said in (stems[start : start + length],)
            for meant, strength in self._relations.get(said, {}).items()
        ]


@lru_cache(1)
def related_words() -> RelatedWords:
    """The list that is shipped, read when the first question comes."""
    return RelatedWords.parse(shipped_list())


def shipped_list() -> str:
    """The list that is shipped, as it is written."""
    return files(__package__).joinpath(_LIST).read_text(encoding="utf-8")


def _phrases(side: str) -> list[Phrase]:
    return [phrase for part in side.split(",") if (phrase := tuple(map(stem, words(part))))]


def _relate(
    found: dict[Phrase, dict[str, float]], side: Iterable[Phrase], other: Iterable[Phrase], strength: float
) -> None:
    single = [phrase[0] for phrase in other if len(phrase) == 1]
    for phrase in side:
        known = found.setdefault(phrase, {})
        telling = sum(word not in STOP_WORDS for word in phrase)
        counted = max(strength, PHRASE) if telling > 1 else strength
        for meant in single:
            if (meant,) != phrase:
                known[meant] = max(counted, known.get(meant, 0.0))
