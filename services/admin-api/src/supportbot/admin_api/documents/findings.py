"""What documents say twice, and where they say different things of the same: by their words, without any model.

Near-duplicates: passages as sets of five words in a row (w-shingling, Broder 1997), alike by the share that both
have. Contradictions: sentences that are the same but for their figures.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from supportbot.admin_api.documents.figures import statements
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.tokens import words

ALIKE: Final = 0.8
"""The share of shingles in common from which two passages say the same: a word or two differ in a paragraph."""
SHINGLE: Final = 5
_FEWEST: Final = 8
"""Shingles: shorter passages are alike by chance."""
_COMMON: Final = 30
"""Passages from which on a shingle is a phrase that all use; comparing all of those pairs would take long."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Two passages of different documents that say nearly the same."""

    first: Passage
    second: Passage
    alike: float


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence in a passage."""

    passage: Passage
    sentence: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The same sentence with different figures in different documents."""

    places: tuple[Place, ...]


def near_duplicates(passages: Sequence[Passage]) -> list[Twins]:
    """Pairs of passages of different documents, those most alike first."""
    shingled = [_shingles(passage) for passage in passages]
    found = []
    for (one, other), common in _shared(passages, shingled).items():
        alike = common / (len(shingled[one]) + len(shingled[other]) - common)
        if alike >= ALIKE:
            found.append(Twins(passages[one], passages[other], round(alike, 3)))
    return sorted(found, key=lambda twins: (-twins.alike, twins.first.document, twins.second.document))


def contradictions(passages: Sequence[Passage]) -> list[Contradiction]:
    """Sentences whose figures differ between documents; one place for each document and figure."""
    gathered: dict[tuple[str, ...], dict[tuple[DocumentId, tuple[str, ...]], Place]] = defaultdict(dict)
    for passage in passages:
        for said in statements(passage.text):
            place = Place(passage, said.sentence, said.figures)
            gathered[said.stems].setdefault((passage.document, said.figures), place)
    return [Contradiction(tuple(places.values())) for places in gathered.values() if _differ(places)]


def _differ(places: Mapping[tuple[DocumentId, tuple[str, ...]], Place]) -> bool:
    return any(a[0] != b[0] and a[1] != b[1] for a, b in combinations(places, 2))


def _shingles(passage: Passage) -> frozenset[tuple[str, ...]]:
    said = words(passage.text)
    found = frozenset(tuple(said[start : start + SHINGLE]) for start in range(len(said) - SHINGLE + 1))
    return found if len(found) >= _FEWEST else frozenset()


def _shared(passages: Sequence[Passage], shingled: Sequence[frozenset[tuple[str, ...]]]) -> Counter[tuple[int, int]]:
    """How many shingles pairs of passages have in common, of those that may be alike."""
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, shingles in enumerate(shingled):
        for shingle in shingles:
            holders[shingle].append(place)
    shared: Counter[tuple[int, int]] = Counter()
    for pair in _pairs(holders):
        if passages[pair[0]].document != passages[pair[1]].document:
            shared[pair] += 1
    return shared


def _pairs(holders: Mapping[tuple[str, ...], list[int]]) -> Iterator[tuple[int, int]]:
    for places in holders.values():
        if len(places) <= _COMMON:
            yield from combinations(places, 2)
