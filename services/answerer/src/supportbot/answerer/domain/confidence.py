"""How sure to be that the best document answers the question: the evidence and the probability."""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

from supportbot.answerer.domain import calibration
from supportbot.answerer.domain.matching import Terms
from supportbot.answerer.domain.ranking import Ranked

_RAREST = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the probability is computed from; each about 0 to 1."""

    stems: float
    """Score in the stems space over the best possible."""
    grams: float
    """The same for letter groups."""
    sentence: float
    """How much of the question the best single sentence says."""
    covered: float
    """Share of the question's worth that the passage has anywhere."""
    rarest: float
    """Share of the question's three rarest terms that the passage has."""
    unknown: float
    """Share of the question's worth that no passage has."""
    lead: float
    """How far the best document is ahead of the next one."""
    agreement: float
    """1 where both spaces have the same best document."""
    terms: float
    """Number of the question's terms, on a logarithmic scale."""


def weigh_evidence(ranked: Sequence[Ranked], terms: Terms, unknown: frozenset[str]) -> Evidence:
    """The evidence for the best passage; all zero where nothing was found."""
    if not ranked or ranked[0].match is None:
        return Evidence(0, 0, 0, 0, 0, 1, 0, 0, 0)
    top = ranked[0]
    has = ranked[0].match.stems
    rarest = sorted(terms.stems, key=lambda stem: (-terms.stems[stem], stem))[:_RAREST]
    return Evidence(
        stems=top.stems,
        grams=top.grams,
        sentence=ranked[0].match.best,
        covered=sum(terms.stems[stem] for stem in has if stem in terms.stems),
        rarest=sum(stem in has for stem in rarest) / max(1, len(rarest)),
        unknown=sum(terms.stems[stem] for stem in unknown),
        lead=_lead(ranked),
        agreement=float(_best_by_stems(ranked) == _best_by_grams(ranked)),
        terms=min(1.0, math.log1p(len(terms.stems)) / math.log(30)),
    )


def probability(evidence: Evidence) -> float:
    """The logistic model of `calibration`."""
    weights = calibration.WEIGHTS
    total = calibration.INTERCEPT + sum(weights[name] * value for name, value in inputs(evidence).items())
    return 1 / (1 + math.exp(-total))


def inputs(evidence: Evidence) -> dict[str, float]:
    """What the model weighs, by name."""
    return dict(zip((field.name for field in fields(evidence)), astuple(evidence), strict=True))


def _lead(ranked: Sequence[Ranked]) -> float:
    best = ranked[0]
    rival = next((one for one in ranked if one.passage.document != best.passage.document), None)
    if rival is None or not best.total:
        return 1.0
    return (best.total - rival.total) / best.total


def _best_by_stems(ranked: Sequence[Ranked]) -> str:
    return max(ranked, key=lambda one: one.stems).passage.document


def _best_by_grams(ranked: Sequence[Ranked]) -> str:
    return max(ranked, key=lambda one: one.grams).passage.document
