"""How sure to be that the best document answers the question: the evidence and the probability."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from supportbot.answerer.domain.calibration import INTERCEPT, WEIGHTS
from supportbot.answerer.domain.query import Query
from supportbot.answerer.domain.ranking import Ranked
from supportbot.answerer.domain.retrieved import Retrieved

_RIVALS: Final = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the probability is computed from; each about 0 to 1."""

    stems: float
    """Score in the stems space over the best possible."""
    grams: float
    """The same for letter groups."""
    sentence: float
    """How much of the question the best single sentence says, or the heading that it stands under."""
    covered: float
    """Share of the question's worth that the passage has anywhere."""
    unknown: float
    """Share of the question's worth that no passage has."""
    lead: float
    """How far the best passage is ahead of the best one of another document, relative to itself."""
    lead_over_three: float
    """The same over the mean of three others, absolute."""
    terms: float
    """Number of the question's terms, on a logarithmic scale."""
    information: float
    """What the terms are worth together, on a logarithmic scale: a word that is everywhere tells nothing."""
    numbers_missing: float
    """1 where the question has a number that the passage lacks."""
    names_missing: float
    """Share of the question's names that the passage lacks."""
    other_language: float
    """1 where question and passage are in different languages."""
    corrected: float
    """1 where a word was taken for a misspelt one."""


def weigh_evidence(query: Query, retrieved: Retrieved) -> Evidence | None:
    """The evidence for the best passage; none where nothing was found."""
    ranked = retrieved.ranked
    if not ranked or ranked[0].match is None:
        return None
    top, match, worth = ranked[0], ranked[0].match, retrieved.terms.stems
    lead, lead_over_three = _leads(ranked)
    return Evidence(
        stems=top.stems,
        grams=top.grams,
        sentence=max(match.best, match.lead_score),
        covered=sum(worth[stem] for stem in match.stems),
        unknown=sum(worth[stem] for stem in retrieved.unknown),
        lead=lead,
        lead_over_three=lead_over_three,
        terms=min(1.0, math.log1p(len(worth)) / math.log(30)),
        information=min(1.0, math.log1p(retrieved.terms.information) / math.log(30)),
        numbers_missing=float(bool(query.numbers - match.stems)),
        names_missing=len(query.names - match.stems) / max(1, len(query.names)),
        other_language=float(query.language != top.passage.language),
        corrected=float(bool(retrieved.corrections)),
    )


def probability(evidence: Evidence | None) -> float:
    """The logistic model of `calibration`; 0 without evidence."""
    if evidence is None:
        return 0.0
    total = INTERCEPT + sum(WEIGHTS[name] * value for name, value in asdict(evidence).items())
    return 1 / (1 + math.exp(-total))


def _leads(ranked: Sequence[Ranked]) -> tuple[float, float]:
    best = ranked[0]
    rivals = [one.total for one in ranked if one.match and one.passage.document != best.passage.document][:_RIVALS]
    if not rivals or not best.total:
        return 1.0, best.total
    return (best.total - rivals[0]) / best.total, best.total - sum(rivals) / len(rivals)
