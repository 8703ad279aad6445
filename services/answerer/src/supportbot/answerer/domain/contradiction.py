"""Whether a sentence says the opposite of what it cites, or puts a number to what it does not belong to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from supportbot.answerer.domain.facts import BESIDE_FACTS, Source, numbers_in, source_of
from supportbot.answerer.domain.negation import is_limited, is_negated
from supportbot.answerer.domain.reading import is_table_row
from supportbot.answerer.domain.sentences import split
from supportbot.common.ids import ChunkId
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.tokens import content_words, stem

_SAME: Final = 0.75
"""A sentence of whose own words so many stand in one statement, in weight, repeats it, if with other endings;"""
_SAME_BACK: Final = 0.5
"""and of whose words it has so many: what only begins alike may well say something else."""
_PLACED: Final = 0.5
"""A number belongs to a statement that shares at least this much with the sentence, beside the one that shares most."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, list item or table row of a passage."""

    stems: frozenset[str]
    """Of its content words."""
    beside: frozenset[str]
    """Of the content words around it that tell what it is about: the headings above, and the sentence before."""
    source: Source
    negated: bool
    limited: bool
    table: tuple[ChunkId, int] | None = None
    """Of a row: which table it is of."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence of an answer."""

    stems: frozenset[str]
    numbers: frozenset[str]
    negated: bool
    limited: bool


def statements_of(passage: Passage) -> list[Statement]:
    """What a passage says, one by one."""
    above = _stems(" ".join((passage.title, *passage.headings)))
    found: list[Statement] = []
    before = heading = frozenset[str]()
    for place in split(passage.text):
        text = passage.text[place.start : place.end]
        if place.kind == "heading":
            heading = _stems(text)
        table = (passage.chunk_id, place.block) if is_table_row(passage.text, place) else None
        beside = above | heading | (before if table is None else frozenset())
        stems = _stems(text)
        found.append(Statement(stems, beside, source_of(text), is_negated(text), is_limited(text), table))
        before = stems
    return found


def misplaced_number(sentence: str, statements: Sequence[Statement]) -> bool:
    """Whether a number of the sentence is only said of something else: $79 of the plan that costs $29."""
    said = _read(sentence)
    if not said.numbers or not said.stems:
        return False
    weights = _weights(said.stems, statements)
    shared = [_weight(said.stems & (one.stems | one.beside), weights) for one in statements]
    least = _PLACED * max(shared, default=0.0)
    for number in said.numbers:
        places = [(one, share) for one, share in zip(statements, shared, strict=True) if number in one.source.numbers]
        if places and not any(share >= least and _is_row_meant(said, one, statements) for one, share in places):
            return True
    return False


def _is_row_meant(said: _Said, row: Statement, statements: Sequence[Statement]) -> bool:
    """Whether the sentence may speak of a row: it names what tells it from the others, and no other row better.

    Another row is not better where the sentence gives a number of that one as well: then it speaks of both.
    """
    if row.table is None:
        return True
    rows = [one for one in statements if one.table == row.table]
    telling = said.stems & frozenset[str]().union(*(one.stems for one in rows))
    telling -= frozenset.intersection(*(one.stems for one in rows))
    own = telling & row.stems
    others = [one for one in rows if one is not row and not said.numbers & one.source.numbers]
    return (bool(own) or not telling) and not any(own < telling & other.stems for other in others)


def contradicts(sentence: str, statements: Sequence[Statement]) -> bool:
    """Whether it repeats a statement but for a "not" or an "only", and no other statement says it so."""
    said = _read(sentence)
    weights = _weights(said.stems, statements)
    alike = [one for one in statements if _repeats(said, one, weights)]
    if not alike:
        return False
    if all(one.negated != said.negated for one in alike):
        return True
    return said.limited and not any(one.limited or one.negated for one in alike)


def _read(sentence: str) -> _Said:
    return _Said(_stems(sentence), frozenset(numbers_in(sentence)), is_negated(sentence), is_limited(sentence))


def _repeats(said: _Said, statement: Statement, weights: dict[str, float]) -> bool:
    shared = said.stems & statement.stems
    whole = _weight(said.stems, weights)
    if not shared or _weight(shared, weights) < _SAME * whole:
        return False
    return len(shared) >= _SAME_BACK * len(statement.stems)


def _weights(stems: Iterable[str], statements: Sequence[Statement]) -> dict[str, float]:
    """What is in every statement tells nothing about which one is meant."""
    return {one: 1 / (1 + sum(one in other.stems for other in statements)) for one in stems}


def _weight(stems: Iterable[str], weights: dict[str, float]) -> float:
    return sum(weights[one] for one in stems)


def _stems(text: str) -> frozenset[str]:
    """Of content words; numbers are looked at by themselves, and what denies or limits as well."""
    return (
        frozenset(
            stem(word)
            for word in content_words(text)
            if not any(map(str.isdigit, word)) and not (is_negated(word) or is_limited(word))
        )
        - BESIDE_FACTS
    )
