"""What related words are worth in a search: never more than the words that they stand for."""

from collections.abc import Mapping, Sequence
from typing import Final

from supportbot.answerer.domain.related_words import Relation
from supportbot.common.knowledge.vectors import term_number

SEARCHED: Final = 0.6
"""What related words count in the search itself; sentences and headings count them in full."""
_OF_STOP_WORDS: Final = 2.0
"""The worth of a phrase like "how much", of which no word is searched for: that of a word of every eighth passage."""

Related = Mapping[str, Mapping[str, float]]
"""Stem of a related word → stem of the question's word → how well the one stands for the other, 0 to 1."""


def searched_related(
    relations: Sequence[Relation], weights: Mapping[str, float], idf: Mapping[int, float], known: frozenset[int]
) -> dict[str, float]:
    """Related stem that some passage has → its weight in the search."""
    found: dict[str, float] = {}
    for relation in relations:
        own = idf.get(term_number(relation.meant), 0.0)
        if relation.meant in weights or term_number(relation.meant) not in known or not own:
            continue
        worth = max((weights[s] * idf[term_number(s)] for s in relation.said if s in weights), default=_OF_STOP_WORDS)
        weight = SEARCHED * relation.strength * min(1.0, worth / own)
        found[relation.meant] = max(weight, found.get(relation.meant, 0.0))
    return found


def related_terms(relations: Sequence[Relation], weights: Mapping[str, float], idf: Mapping[int, float]) -> Related:
    """What each related stem stands for; one that is more common than the word asked for says less than that.

    A phrase says exactly what it says, stop words and all: a heading about a "term" answers "how long" as a whole.
    """
    found: dict[str, dict[str, float]] = {}
    for relation in relations:
        own = idf.get(term_number(relation.meant), 0.0)
        for said in relation.said:
            if said == relation.meant or (said not in weights and len(relation.said) == 1):
                continue
            rarer = len(relation.said) == 1 and own < idf[term_number(said)]
            strength = relation.strength * (own / idf[term_number(said)] if rarer else 1.0)
            standing = found.setdefault(relation.meant, {})
            standing[said] = max(strength, standing.get(said, 0.0))
    return found
