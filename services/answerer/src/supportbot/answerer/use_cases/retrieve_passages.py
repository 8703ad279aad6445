"""Find the passages that a query is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from supportbot.answerer.domain.analysis import known_stem
from supportbot.answerer.domain.answer_kind import kind_asked
from supportbot.answerer.domain.common_words import PASSAGES, expected
from supportbot.answerer.domain.instructions import without_orders
from supportbot.answerer.domain.matching import Terms
from supportbot.answerer.domain.query import MAX_WORDS, Query, gram_weights, numbered, stem_weights
from supportbot.answerer.domain.ranking import best_possible, rank
from supportbot.answerer.domain.related_words import RelatedWords, Relation, related_words
from supportbot.answerer.domain.relating import related_terms, searched_related
from supportbot.answerer.domain.retrieved import Retrieved
from supportbot.answerer.domain.spelling import correct
from supportbot.common.knowledge.access import Audience
from supportbot.common.knowledge.passages import Candidate, SparseVector
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.senses import Sense
from supportbot.common.knowledge.tokens import transliterate, words
from supportbot.common.knowledge.vectors import encode_question, inverse_frequency, term_number

LIMIT: Final = 20
_TEXTS_FOR_SPELLING: Final = 10


@dataclass(frozen=True, slots=True)
class _Weighed:
    """The terms of one vector space: weights as asked, frequencies as stored."""

    weights: Mapping[str, float]
    idf: Mapping[int, float]
    known: frozenset[int]
    related: Sequence[Relation] = ()

    def worth(self) -> dict[str, float]:
        """Each term's share of the query, adding up to 1."""
        each = {term: weight * self.idf[term_number(term)] for term, weight in self.weights.items()}
        total = sum(each.values()) or 1.0
        return {term: worth / total for term, worth in each.items()}

    def information(self, indexed: int) -> float:
        """The sum of all idf, in the idf of a term that one passage has."""
        return sum(self.idf[term_number(term)] for term in self.weights) / inverse_frequency(1, indexed + PASSAGES)

    def vector(self) -> SparseVector:
        """What is searched for: the terms and, weaker, what is related to them."""
        searched = {**self.weights, **searched_related(self.related, self.weights, self.idf, self.known)}
        return encode_question(numbered(searched), {number: self.idf[number] for number in self.known})


async def retrieve_passages(
    query: Query,
    index: KnowledgeIndex,
    known: RelatedWords | None = None,
    sense: Sense | None = None,
    *,
    reader: Audience = "public",
) -> Retrieved:
    """The best passages, first; words that no passage has are tried as misspelt ones.

    `known` are the related words, the shipped ones where none are given; `sense` is what the question means, for a
    search by words and sense together. What the `reader` may not see is not found.
    """
    indexed = await index.size()
    known = known or related_words()
    stems, grams = await _weigh_both(query, {}, index, indexed, known)
    candidates = await _search(index, (stems, grams), sense, reader)
    corrections = _corrections(query, stems, grams, candidates)
    if corrections:
        stems, grams = await _weigh_both(query, corrections, index, indexed, known)
        candidates = await _search(index, (stems, grams), sense, reader)
    asked = frozenset(map(known_stem, _asked(query, corrections)))
    related = related_terms(stems.related, stems.weights, stems.idf)
    meant = [corrections.get(word, word) for word in query.weights]
    heard = {known_stem(word): transliterate(word) for word in meant}
    kind = kind_asked(query.text)
    terms = Terms(stems.worth(), grams.worth(), asked, stems.information(indexed), related, heard, kind)
    best = {"stems": _best(stems), "grams": _best(grams)}
    unknown = frozenset(stem for stem in stems.weights if term_number(stem) not in stems.known)
    return Retrieved(tuple(rank(candidates, best, terms)), terms, unknown, corrections, indexed)


def _asked(query: Query, corrections: Mapping[str, str]) -> list[str]:
    """All words of the question, as they were meant."""
    return [corrections.get(word, word) for word in words(query.text)[:MAX_WORDS]]


async def _weigh_both(
    query: Query, corrections: Mapping[str, str], index: KnowledgeIndex, indexed: int, known: RelatedWords
) -> tuple[_Weighed, _Weighed]:
    related = known.relations(_asked(query, corrections))
    stems = await _weigh(index, "stems", stem_weights(query, corrections), indexed, related)
    return stems, await _weigh(index, "grams", gram_weights(query, corrections), indexed)


async def _weigh(
    index: KnowledgeIndex, space: str, weights: Mapping[str, float], indexed: int, related: Sequence[Relation] = ()
) -> _Weighed:
    numbers = list(dict.fromkeys([*numbered(weights), *(term_number(relation.meant) for relation in related)]))
    found = await index.frequencies(space, numbers)
    if space == "stems":
        idf = {one: inverse_frequency(found.get(one, 0) + expected(one), indexed + PASSAGES) for one in numbers}
    else:
        idf = {one: inverse_frequency(found.get(one, 0), indexed) for one in numbers}
    return _Weighed(weights, idf, frozenset(found), related)


async def _search(
    index: KnowledgeIndex, weighed: tuple[_Weighed, _Weighed], sense: Sense | None, reader: Audience
) -> Sequence[Candidate]:
    stems, grams = weighed
    found = await index.search({"stems": stems.vector(), "grams": grams.vector()}, LIMIT, sense, reader)
    return [_without_orders(one) for one in found]


def _without_orders(candidate: Candidate) -> Candidate:
    passage = without_orders(candidate.passage)
    return candidate if passage is candidate.passage else replace(candidate, passage=passage)


def _corrections(query: Query, stems: _Weighed, grams: _Weighed, candidates: Sequence[Candidate]) -> dict[str, str]:
    unknown = [word for word in query.weights if term_number(known_stem(word)) not in stems.known]
    if not unknown:
        return {}
    best = {"stems": _best(stems), "grams": _best(grams)}
    shares = {space: 1 / (reached or 1) for space, reached in best.items()}
    nearest = sorted(candidates, key=lambda one: -sum(one.scores.get(k, 0.0) * share for k, share in shares.items()))
    return correct(unknown, (_searched_text(candidate) for candidate in nearest[:_TEXTS_FOR_SPELLING]))


def _searched_text(candidate: Candidate) -> str:
    passage = candidate.passage
    return " ".join((passage.title, *passage.headings, passage.text))


def _best(weighed: _Weighed) -> float:
    return best_possible(weighed.idf, numbered(weighed.weights))
