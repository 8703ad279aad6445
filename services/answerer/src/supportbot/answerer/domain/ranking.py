"""Which passage answers a query best: scores of the vector spaces together with what the sentences say."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from supportbot.answerer.domain.matching import PassageMatch, Terms, match_passage
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.passages import Candidate, Passage
from supportbot.common.knowledge.senses import DENSE
from supportbot.common.knowledge.vectors import K1

GRAMS_WEIGHT: Final = 1.0
SENTENCE_WEIGHT: Final = 0.8
"""What the best single sentence counts beside the two spaces; found by cross-validation, flat between 0.3 and 1."""
TITLE_WEIGHT: Final = 0.8
"""A document about just what is asked begins with the general answer: its first passages gain by this."""
LIKENESS_WEIGHT: Final = 1.2
"""What a title or heading counts that is the question itself; flat from 1.2 to 1.6, and of no weight where none is."""
BEGINNING_WEIGHT: Final = 0.1
"""What a document's first passage gains, the second half of it and so on: there the general answer stands."""
COMPANY_WEIGHT: Final = 0.1
"""What another passage of the same document adds to a passage: a document that is about it has it in many places."""
COVERAGE_WEIGHT: Final = 0.4
"""How much of the query the whole passage says, in words that are alike or related too;"""
ASKED_WEIGHT: Final = 0.3
"""the share of all words of the question that it has;"""
KIND_WEIGHT: Final = 0.3
"""what it loses where its best sentence has no time, number or name to offer and that is asked for. The three were
chosen together, for gains on English and Russian sets alike; each alone brings little."""
SENSE_WEIGHT: Final = 0.5
"""What the nearest in sense counts beside what is sure by words; measured with a small English model on three sets, and
flat between 0.25 and 1. Measure with your own by `supportbot eval regress`."""
SURE: Final = 1.5
"""A total by words from which on the best of them count in full: below it nothing says just what was asked."""
READ: Final = 6
"""So many passages are looked at sentence by sentence; of those found by words, by sense, and by both together."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with its scores, each as a share of the best that the query could reach."""

    passage: Passage
    stems: float
    grams: float
    total: float
    """Words and what the sentences say; where there is sense as well, in proportion to the best, and with it."""
    match: PassageMatch | None = None
    dense: float | None = None
    """How near it is in sense, from -1 to 1; None where it is not among the nearest."""


def rank(candidates: Sequence[Candidate], best_possible: Mapping[str, float], terms: Terms) -> list[Ranked]:
    """All candidates, best first; the sum of normalised scores beat reciprocal-rank fusion for this pair of spaces."""
    fused = sorted(_in_company([_fuse(candidate, best_possible) for candidate in candidates]), key=_order)
    if all(one.dense is None for one in fused):
        read = [_read(ranked, terms) for ranked in fused[:READ]]
        return sorted(read, key=_order) + fused[READ:]
    nearest = sorted(fused, key=lambda one: math.inf if one.dense is None else -one.dense)
    hopeful = sorted(with_sense(fused), key=_order)
    looked_at = {one.passage.chunk_id for one in (*fused[:READ], *nearest[:READ], *hopeful[:READ])}
    read = [_read(one, terms) if one.passage.chunk_id in looked_at else one for one in fused]
    return sorted(with_sense(read), key=_order)


def with_sense(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The same with totals of words and sense together, each between 0 and 1.

    Words as a share of the best; sense between the nearest and the farthest that it found, where all others are too.
    """
    best = max(SURE, *(one.total for one in ranked)) if ranked else SURE
    near = [one.dense for one in ranked if one.dense is not None]
    low, high = min(near, default=0.0), max(near, default=0.0)
    width = (high - low) or 1.0
    return [
        replace(one, total=one.total / best + SENSE_WEIGHT * ((low if one.dense is None else one.dense) - low) / width)
        for one in ranked
    ]


def documents(ranked: Sequence[Ranked]) -> list[DocumentId]:
    """The documents of the passages, best first, without repeats."""
    return list(dict.fromkeys(one.passage.document for one in ranked))


def best_possible(idf: Mapping[int, float], weights: Mapping[int, float]) -> float:
    """The score of a passage that is all about every term of the query."""
    return sum(weight * idf[number] for number, weight in weights.items()) * (K1 + 1)


def _fuse(candidate: Candidate, best: Mapping[str, float]) -> Ranked:
    stems, grams = (candidate.scores.get(space, 0.0) / (best[space] or 1.0) for space in ("stems", "grams"))
    beginning = BEGINNING_WEIGHT / (1 + candidate.passage.position)
    total = stems + GRAMS_WEIGHT * grams + beginning
    return Ranked(candidate.passage, stems, grams, total, dense=candidate.scores.get(DENSE))


def _in_company(fused: Sequence[Ranked]) -> Iterator[Ranked]:
    """Each with a share of the best other passage of its document."""
    totals: dict[DocumentId, list[float]] = {}
    for one in fused:
        totals.setdefault(one.passage.document, []).append(one.total)
    for of_document in totals.values():
        of_document.sort(reverse=True)
    for one in fused:
        best, *others = totals[one.passage.document]
        beside = (others[0] if one.total == best else best) if others else 0.0
        yield replace(one, total=one.total + COMPANY_WEIGHT * beside) if beside else one


def _read(ranked: Ranked, terms: Terms) -> Ranked:
    match = match_passage(ranked.passage, terms)
    total = ranked.total + SENTENCE_WEIGHT * match.best + LIKENESS_WEIGHT * match.likeness**2
    total += COVERAGE_WEIGHT * match.coverage + ASKED_WEIGHT * match.asked - KIND_WEIGHT * (match.best - match.offered)
    total += TITLE_WEIGHT * match.title_score**2 / (1 + ranked.passage.position) ** 2
    return replace(ranked, total=total, match=match)


def _order(ranked: Ranked) -> tuple[float, str, int]:
    return -ranked.total, ranked.passage.document, ranked.passage.position
