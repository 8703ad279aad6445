"""Whether a sentence says the opposite of what it cites, or puts a number to what it does not belong to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from supportbot.answerer.domain.facts import BESIDE_FACTS, Source, numbers_in, source_of
from supportbot.answerer.domain.negation import is_conditional, is_limited, is_negated, is_widened
from supportbot.answerer.domain.opposites import is_opposed, tells_sides
from supportbot.answerer.domain.ranges import Amount, covers
from supportbot.answerer.domain.reading import is_table_row
from supportbot.answerer.domain.sentences import split
from supportbot.common.ids import ChunkId
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.stop_words import STOP_WORDS
from supportbot.common.knowledge.tokens import content_words, stem, words

_CACHED_PASSAGES: Final = 1 << 6
"""A draft and the whole answer are held against the same passages, one after the other."""
_SAME: Final = 0.75
"""A sentence of whose own words so many stand in one statement, in weight, repeats it, if with other endings;"""
_SAME_BACK: Final = 0.5
"""and of whose words it has so many: what only begins alike may well say something else."""
_BESIDE: Final = BESIDE_FACTS | frozenset(
    map(
        stem,
        "may must can could should would might possible available allowed able apply need needed have get do does also"
        " still можно нужно надо возможно возможен возможна доступен доступна доступно доступны разрешено могут может"
        " мочь нужен нужна нужны есть мы вы также".split(),
    )
)
"""Words with which the same statement is made in one way or another; they tell nothing about what it is about."""
_BOUNDS: Final = frozenset({"over", "under", "above", "below", "up", "свыше", "более", "менее", "больше", "меньше"})
_SAY_HOW: Final = (is_negated, is_limited, is_widened)
_PLACED: Final = 0.4
"""A number belongs to a statement that shares at least this much with the sentence, beside the one that shares most."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table's row."""

    column: frozenset[str]
    """The words of its column's name."""
    named: frozenset[str]
    """Numbers in that name."""
    numbers: frozenset[str]
    """In the cell."""
    words: frozenset[str]
    """Content words in it."""


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
    widened: bool = False
    conditional: bool = False
    table: tuple[ChunkId, int] | None = None
    """Of a row or an item that begins with what it is about: which table or list it is of."""
    key: frozenset[str] = frozenset()
    """What it is about: all words of its first cell."""
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence of an answer."""

    stems: frozenset[str]
    words: frozenset[str]
    """Stems of all its words."""
    numbers: frozenset[str]
    negated: bool
    widened: bool
    conditional: bool


@lru_cache(_CACHED_PASSAGES)
def statements_of(passage: Passage) -> tuple[Statement, ...]:
    """What a passage says, one by one. What leads to a list is said of each of its items, a "not" as well."""
    above = _stems(" ".join((passage.title, *passage.headings)))
    found: list[Statement] = []
    before = heading = intro = ""
    of_intro: int | None = None
    for place in split(passage.text):
        text = passage.text[place.start : place.end]
        if place.kind == "heading":
            heading, intro, of_intro = text, "", None
        elif place.kind == "sentence":
            intro, of_intro = text if text.rstrip().endswith(":") else "", None
        elif intro and of_intro is None:
            of_intro = place.block
        lead = intro if place.block == of_intro else ""
        is_row = is_table_row(passage.text, place)
        key, cells = _key(text), _cells(text) if is_row else ()
        found.append(
            Statement(
                _stems(text),
                above | _stems(f"{heading} {lead or ('' if is_row else before)}"),
                source_of(text),
                negated=is_negated(text) or is_negated(lead),
                limited=is_limited(text) or is_limited(lead),
                widened=is_widened(text) or is_widened(lead),
                conditional=is_conditional(text),
                table=(passage.chunk_id, place.block) if key and place.kind in ("item", "row") else None,
                key=key,
                cells=cells,
            )
        )
        before = text
    return tuple(found)


def _key(text: str) -> frozenset[str]:
    """The words of what an item or a row begins with, before its value."""
    bare = text.strip().lstrip("-*+•|– ").split("|")[0]
    first, mark, value = bare.partition(": ") if ": " in bare else bare.partition(" — ")
    cell = value.partition(";")[0] if mark == ": " and ";" in value else first
    return frozenset(map(stem, words(cell))) if mark or "|" in text else frozenset()


def _cells(text: str) -> tuple[Cell, ...]:
    """Of `- Plan: Solo; Monthly price: $12` each cell but the first."""
    named = [cell.partition(": ") for cell in text.strip().lstrip("-*+• ").split("; ")]
    return tuple(
        Cell(_column(name), frozenset(numbers_in(name)), frozenset(numbers_in(value)), _stems(value))
        for name, mark, value in named[1:]
        if mark
    )


def _column(name: str) -> frozenset[str]:
    """What tells a column from another: “under 20 kg” from “over 20 kg”, too."""
    return frozenset(
        stem(word) for word in words(name) if not word.isdigit() and (word not in STOP_WORDS or word in _BOUNDS)
    )


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
        if places and not any(
            share >= least and _is_row_meant(said, one, statements) and _is_column_meant(said, one, number)
            for one, share in places
        ):
            return True
    return False


def numbers_within(sentence: str, amounts: Sequence[Amount], statements: Sequence[Statement]) -> frozenset[str]:
    """Those of the sentence's numbers that no statement has, but one that has all its other numbers has a range for."""
    if not amounts:
        return frozenset()  # as nearly always
    known = frozenset[str]().union(*(one.source.numbers for one in statements))
    said = frozenset(numbers_in(sentence))
    named = {amount: said & frozenset(numbers_in(f"{amount.value:g}")) for amount in amounts}
    return frozenset(
        number
        for amount, numbers in named.items()
        for number in numbers - known
        if any(covers(one.source.text, amount) and said - {number} <= one.source.numbers for one in statements)
    )


def _is_row_meant(said: _Said, row: Statement, statements: Sequence[Statement]) -> bool:
    """Whether the sentence may speak of a row: it names what tells it from the others, and no other row better.

    Another row is not better where the sentence gives a number of that one as well: then it speaks of both.
    """
    if row.table is None:
        return True
    rows = [one for one in statements if one.table == row.table]
    telling = said.words & frozenset[str]().union(*(one.key for one in rows))
    telling -= frozenset.intersection(*(one.key for one in rows))
    own = telling & row.key
    others = [one for one in rows if one is not row and not said.numbers & one.source.numbers]
    return (bool(own) or not telling) and not any(own < telling & other.key for other in others)


def _is_column_meant(said: _Said, row: Statement, number: str) -> bool:
    """Whether the sentence may speak of the column of a number: it names no other one's own words instead.

    Another column that it also gives the value of is spoken of as well.
    """
    here = [cell.column for cell in row.cells if number in cell.numbers | cell.named]
    others = [
        cell.column
        for cell in row.cells
        if number not in cell.numbers | cell.named
        and not cell.numbers & said.numbers
        and not (cell.words and cell.words <= said.words)
    ]
    mine, theirs = frozenset[str]().union(*here), frozenset[str]().union(*others)
    return not here or not said.words & (theirs - mine) or bool(said.words & (mine - theirs))


def contradicts(sentence: str, statements: Sequence[Statement]) -> bool:
    """Whether it repeats a statement but for a "not" or an "always", and no other statement says it so.

    Where only one of the two has a condition, an exception or a bound, "not" may be said either way round.
    """
    said = _read(sentence)
    weights = _weights(said.stems, statements)
    alike = [one for one in statements if _repeats(said, one, weights)]
    if not alike:
        return False
    if said.widened and not any(one.widened for one in alike):
        return True
    return all(_denies(said, one) for one in alike)


def _denies(said: _Said, statement: Statement) -> bool:
    """Whether it is the opposite of a statement that it repeats: either one says "not", or one "before", not both."""
    if statement.limited:
        return False
    opposed = is_opposed(said.words, statement.source.stems)
    if not opposed and statement.conditional != said.conditional:
        return False
    return (statement.negated != said.negated) != opposed


def _read(sentence: str) -> _Said:
    return _Said(
        _stems(sentence),
        frozenset(map(stem, words(sentence))),
        frozenset(numbers_in(sentence)),
        is_negated(sentence),
        is_widened(sentence),
        is_conditional(sentence),
    )


def _repeats(said: _Said, statement: Statement, weights: dict[str, float]) -> bool:
    own = said.stems & statement.stems
    compared = frozenset(one for one in said.stems if one in own or not tells_sides(one))
    if not own or _weight(own | (compared & statement.beside), weights) < _SAME * _weight(compared, weights):
        return False
    return len(own) >= _SAME_BACK * len(statement.stems - statement.beside)


def _weights(stems: Iterable[str], statements: Sequence[Statement]) -> dict[str, float]:
    """What is in every statement tells nothing about which one is meant."""
    return {one: 1 / (1 + max(1, sum(one in other.stems for other in statements))) for one in stems}


def _weight(stems: Iterable[str], weights: dict[str, float]) -> float:
    return sum(weights[one] for one in stems)


def _stems(text: str) -> frozenset[str]:
    """Of content words; numbers are looked at by themselves, and what denies, limits or widens as well."""
    telling = (word for word in content_words(text) if not any(map(str.isdigit, word)))
    return frozenset(stem(word) for word in telling if not any(one(word) for one in _SAY_HOW)) - _BESIDE
