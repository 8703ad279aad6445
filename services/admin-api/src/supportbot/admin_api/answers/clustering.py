"""Questions gathered by their words, and by what they mean where that is known: no model and no index is asked.

Each question is a vector of its stems and, weaker, its letter groups, weighed by how rare they are among the questions.
One after the other joins the cluster whose centre is nearest, if that is near enough, else begins one (leader
clustering, Hartigan 1975); a second round with fixed centres puts those right that came before their cluster was there.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from supportbot.admin_api.answers.meaning import Meaning, Nearness
from supportbot.common.knowledge.tokens import content_words, grams, stem

NEAR: Final = 0.3
"""Cosine from which a question belongs to a cluster: two of about four rare words in common."""
_GRAMS: Final = 0.25
"""What a letter group counts beside a stem: it finds typos, and words of one root."""
_COMMON: Final = 0.5
Vector = Mapping[str, float]


@dataclass
class Cluster:
    """Places of questions, and the sum of their vectors."""

    members: list[int] = field(default_factory=list)
    total: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, place: int, vector: Vector) -> None:
        """Take a question in."""
        self.members.append(place)
        for term, weight in vector.items():
            self.total[term] += weight

    def centre(self) -> Vector:
        """Of length 1."""
        return _unit(self.total)


def cluster(questions: Sequence[str], meanings: Sequence[Meaning | None] = ()) -> list[Cluster]:
    """Clusters, the largest first; questions without any word of their own are left out."""
    vectors, nearness = _vectors(questions), Nearness(meanings)
    leaders = _gathered(vectors, nearness, [])
    settled = _gathered(vectors, nearness, leaders)
    return sorted((one for one in settled if one.members), key=lambda one: -len(one.members))


def most_typical(found: Cluster, questions: Sequence[str]) -> int:
    """The place of the question nearest to the cluster's centre."""
    vectors, centre = _vectors([questions[place] for place in found.members]), found.centre()
    near = [_dot(vector, centre) for vector in vectors]
    return found.members[max(range(len(near)), key=near.__getitem__)]


def shared_words(found: Cluster, questions: Sequence[str], most: int = 5) -> list[str]:
    """Words of at least half of the questions, as they are mostly written, the most frequent first."""
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for place in found.members:
        for word in dict.fromkeys(content_words(questions[place])):
            written[stem(word)][word] += 1
    often = [(forms.total(), forms.most_common(1)[0][0]) for forms in written.values()]
    kept = [(count, word) for count, word in often if count >= _COMMON * len(found.members)]
    return [word for _, word in sorted(kept, key=lambda pair: (-pair[0], -len(pair[1]), pair[1]))[:most]]


def _gathered(vectors: Sequence[Vector], nearness: Nearness, leaders: Sequence[Cluster]) -> list[Cluster]:
    """Every question with the nearest of the leaders, which then stay as they are, or of those found on the way."""
    clusters = [Cluster() for _ in leaders]
    fixed = [one.centre() for one in leaders]
    having: dict[str, set[int]] = defaultdict(set)
    for number, centre in enumerate(fixed):
        for term in centre:
            having[term].add(number)
    for place, vector in enumerate(vectors):
        if not vector:
            continue
        shared = {number for term in vector for number in having[term]}
        likeness = {number: _dot(vector, fixed[number]) / NEAR for number in shared}
        for number in range(len(fixed)) if nearness else ():
            members = (leaders[number] if number < len(leaders) else clusters[number]).members
            likeness[number] = likeness.get(number, 0.0) + nearness(place, members)
        best = max(likeness, key=lambda number: (likeness[number], -number), default=None)
        if best is None or likeness[best] < 1:
            best = len(clusters)
            clusters.append(Cluster())
            fixed.append(vector)
        clusters[best].add(place, vector)
        if not leaders:
            fixed[best] = clusters[best].centre()
        for term in vector:
            having[term].add(best)
    return clusters


def _vectors(questions: Sequence[str]) -> list[Vector]:
    counted = [_terms(question) for question in questions]
    frequency = Counter(term for terms in counted for term in terms)
    rare = {term: math.log(1 + len(questions) / count) for term, count in frequency.items()}
    return [_unit({term: weight * rare[term] for term, weight in terms.items()}) for terms in counted]


def _terms(question: str) -> dict[str, float]:
    words = content_words(question)
    terms = {f"g:{gram}": _GRAMS for gram in grams(words)}
    return terms | {stem(word): 1.0 for word in words}


def _unit(vector: Vector) -> Vector:
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {term: weight / length for term, weight in vector.items()} if length else {}


def _dot(first: Vector, second: Vector) -> float:
    small, large = sorted((first, second), key=len)
    return sum(weight * large.get(term, 0.0) for term, weight in small.items())
