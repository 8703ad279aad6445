"""What a passage says, whatever is asked: its sentences as stems and sounds, kept for the passages asked about most."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from supportbot.answerer.domain.sentences import Sentence, split
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.stop_words import STOP_WORDS
from supportbot.common.knowledge.tokens import content_words, stem, transliterate, words

_CACHED_WORDS: Final = 1 << 13
_CACHED_PASSAGES: Final = 1 << 9
"""3 to 7 MB, by their length."""


@dataclass(frozen=True, slots=True)
class Said:
    """A stretch of text."""

    stems: tuple[str, ...]
    """Of its content words, without repeats; few, and a set would take ten times the room."""
    heard: str
    """Its content words by their sounds, the ends of each marked."""
    small: tuple[str, ...] = ()
    """Stems of the words that say nothing alone; they tell "where is" from "when is"."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """A passage, sentence by sentence."""

    places: tuple[Sentence, ...]
    title: Said
    heading: Said
    """The one right above it; the title where there is none."""
    sentences: tuple[Said, ...]
    heard: str
    """What is heard in all of these."""
    above: frozenset[str]
    """Stems of the content words of all its headings."""
    headings: tuple[frozenset[str], ...]
    """Stems of all words of its title and of each heading."""


@lru_cache(_CACHED_PASSAGES)
def analyse(passage: Passage) -> Analysis:
    """Read a passage; most of the time of comparing it with a query would go into this."""
    places = split(passage.text)
    texts = (passage.text[place.start : place.end] for place in places)
    said = _said([passage.title, passage.headings[-1] if passage.headings else passage.title, *texts])
    return Analysis(
        places,
        said[0],
        said[1],
        tuple(said[2:]),
        "\n".join(one.heard for one in said),
        frozenset([known_stem(word) for above in passage.headings for word in content_words(above)]),
        tuple(_stems_of_heading(above) for above in (passage.title, *passage.headings)),
    )


def _said(texts: Sequence[str]) -> list[Said]:
    """All at once, because most of the time goes into calls."""
    all_words = [words(text) for text in texts]
    said = [[word for word in one if word not in STOP_WORDS] for one in all_words]
    heard = transliterate("\n".join([f"<{'><'.join(one)}>" for one in said])).split("\n")
    return [
        Said(_stemmed(content), sounds, _stemmed(word for word in every if word in STOP_WORDS))
        for every, content, sounds in zip(all_words, said, heard, strict=True)
    ]


def _stemmed(said: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(known_stem, said)))


@lru_cache(_CACHED_PASSAGES)
def _stems_of_heading(heading: str) -> frozenset[str]:
    """Kept once for all passages that stand below it."""
    return frozenset(map(known_stem, words(heading)))


@lru_cache(_CACHED_WORDS)
def known_stem(word: str) -> str:
    """A word's stem, remembered: passages repeat their words."""
    return stem(word)
