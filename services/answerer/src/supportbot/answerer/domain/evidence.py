"""What speaks for and against the best document's being the one that answers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

from supportbot.answerer.domain.analysis import analyse
from supportbot.answerer.domain.matching import PassageMatch, Terms, said_anywhere
from supportbot.answerer.domain.query import Query, points_back
from supportbot.answerer.domain.ranking import SURE, Ranked
from supportbot.answerer.domain.retrieved import Retrieved
from supportbot.common.knowledge.tokens import words

_FEWEST_WORDS: Final = 2
_ASKING: Final = frozenset("how where when why who как где куда откуда когда почему зачем кто сколько почем".split())
"""With one of these a single word is a question: "как оплатить"."""
_FIELD: Final = 5
_NAMED: Final = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the probability is computed from; each about 0 to 1."""

    grams: float
    """Score in the space of letter groups over the best possible."""
    lead: float
    """How far the best passage is ahead of the best one of another document, relative to itself; of little weight where
    it says little itself."""
    field_lead: float
    """The same, ahead of the five after that on average: where all are alike, it is about something else."""
    coverage: float
    """How much of the question it says anywhere, in words that are alike or related too."""
    coverage_lead: float
    """How much more that is than the best one of another document says."""
    names_missing: float
    """Share of the question's names that it lacks."""
    information: float
    """What the question's terms are worth together, on a logarithmic scale: a word that is everywhere tells nothing."""
    sentence: float
    """How much of the question the best single sentence says, or the heading that it stands under; by information."""
    beyond_title: float
    """How much the passage says of what its title and headings leave open, by information."""
    likeness: float
    """How nearly the title or a heading is the question itself, squared."""
    asked: float
    """Share of all words of the question, "when" and "after" among them, that one sentence has."""
    related: float
    """Share of the question's worth that the passage says in other words."""
    unknown: float
    """Share of the question's worth in words that nothing in the index says, nor the passage in other words."""
    numbers_missing: float
    """1 where the question has a number that the passage lacks."""
    other_language: bool
    """Question and passage are in different languages: then all else is weighed differently."""
    corrected: float
    """1 where a word was taken for a misspelt one."""
    bare: float
    """1 where the question is hardly more than a word: "order", "how long is it". Nobody can tell what is asked."""

    def by_name(self) -> dict[str, float]:
        """Each input by its name; `dataclasses.asdict` would copy every number."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def weigh_evidence(query: Query, retrieved: Retrieved) -> Evidence | None:
    """The evidence for the best passage; none where nothing was found."""
    ranked = retrieved.ranked
    if not ranked or ranked[0].match is None:
        return None
    match, terms = ranked[0].match, retrieved.terms
    information = min(1.0, math.log1p(terms.information) / math.log(30))
    said = _said(match, terms)
    rivals = [one for one in _rivals(ranked) if one.match]
    strength = min(1.0, ranked[0].total / SURE)
    return Evidence(
        grams=ranked[0].grams,
        lead=_lead(ranked) * strength,
        field_lead=_field_lead(ranked) * strength,
        coverage=match.coverage,
        coverage_lead=match.coverage - (rivals[0].match.coverage if rivals and rivals[0].match else 0.0),
        names_missing=_names_missing(query, terms, said),
        information=information,
        sentence=max(match.best, match.lead_score) * information,
        beyond_title=_beyond_title(match, terms, said) * information,
        likeness=match.likeness**2,
        asked=max((one.asked for one in match.sentences), default=0.0),
        related=sum(terms.stems[stem] * said[stem] for stem in terms.stems if stem not in match.stems),
        unknown=sum(terms.stems[stem] for stem in retrieved.unknown if not said.get(stem, 1.0)),
        numbers_missing=float(bool(query.numbers - match.stems)),
        other_language=query.language != match.passage.language,
        corrected=float(bool(retrieved.corrections)),
        bare=float(_is_bare(query)),
    )


def _is_bare(query: Query) -> bool:
    if len(query.weights) >= _FEWEST_WORDS:
        return False
    said = words(query.text)
    is_asked = bool(query.weights) and said[0] in _ASKING
    return (len(said) <= _FEWEST_WORDS and not is_asked) or points_back(query.text)


def _said(match: PassageMatch, terms: Terms) -> dict[str, float]:
    """The query's stem → how well the passage says it: 1 by itself, less in other words, 0 not at all."""
    said = said_anywhere(analyse(match.passage), terms.stems.keys() - match.stems, terms)
    return {stem: 1.0 if stem in match.stems else said.get(stem, 0.0) for stem in terms.stems}


def _beyond_title(match: PassageMatch, terms: Terms, said: dict[str, float]) -> float:
    analysis = analyse(match.passage)
    left = [stem for stem in terms.stems if stem not in analysis.title.stems and stem not in analysis.above]
    worth = sum(terms.stems[stem] for stem in left)
    return sum(terms.stems[stem] * said[stem] for stem in left) / worth if worth else 1.0


def _names_missing(query: Query, terms: Terms, said: dict[str, float]) -> float:
    missing = [name for name in query.names if name in terms.stems and said[name] < _NAMED]
    return len(missing) / max(1, len(query.names))


def _rivals(ranked: Sequence[Ranked]) -> list[Ranked]:
    return [one for one in ranked if one.passage.document != ranked[0].passage.document]


def _lead(ranked: Sequence[Ranked]) -> float:
    best = ranked[0]
    rival = next((one for one in _rivals(ranked) if one.match), None)
    return 1.0 if rival is None or not best.total else (best.total - rival.total) / best.total


def _field_lead(ranked: Sequence[Ranked]) -> float:
    best, field = ranked[0].total, [one.total for one in _rivals(ranked)[1 : 1 + _FIELD]]
    return 1.0 if not field or not best else (best - sum(field) / len(field)) / best
