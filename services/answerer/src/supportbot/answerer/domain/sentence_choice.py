"""How likely each sentence of the found passages is the one that answers."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from supportbot.answerer.domain.matching import PassageMatch
from supportbot.answerer.domain.ranking import Ranked
from supportbot.answerer.domain.sentence_weights import WEIGHTS

LEANS_BACK: Final = re.compile(
    r"[\W_]*(?:he|she|it|they|this|these|that|those|his|her|its|their|such|also|then|however|therefore|otherwise|but|and"
    r"|after (?:that|this)|before (?:that|this)|in (?:this|that|such a) case|if (?:not|so)|all of (?:them|these|this)"
    r"|(?:one|some|both|none|each|most) of (?:them|these)|for (?:this|that)|until then|instead"
    r"|он|она|оно|они|это|этот|эта|эти|его|ее|её|их|такой|такая|такое|такие|также|тогда|затем|однако|поэтому|но|и|а"
    r"|потом|иначе|при этом|кроме того|в этом случае|в таком случае|после (?:этого|чего)|до этого|для этого"
    r"|все они|каждый из них|если нет|если да|вместо этого|там)\b",
    re.IGNORECASE,
)
"""A sentence that begins so cannot be understood without the one before."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What speaks for and against a sentence; each about 0 to 1, but for the two that are logarithms."""

    score: float
    """How much of the question it says."""
    before: float
    """How much the sentence before it says: an answer often does not repeat the question."""
    leaning: float
    """The same where it begins with a word such as "it"."""
    after: float
    """How much the sentence after it says."""
    heading: float
    """How much of the question the heading above it says, squared, less the further down it stands."""
    asked: float
    """Share of all words of the question that it has."""
    offers: float
    """1 where it has a time, number or name and that is asked for."""
    lacks: float
    """1 where it has none."""
    fresh: float
    """Logarithm of the number of words that the question does not have."""
    length: float
    """Logarithm of the number of its words."""
    behind: float
    """How far its passage is behind the best one, relative to that."""
    elsewhere: float
    """1 where its passage is not the best one."""


@dataclass(frozen=True, slots=True)
class Likely:
    """A sentence by its passage's place and its own number, with the probability that it is the one."""

    passage: int
    number: int
    probability: float


def clues(ranked: Sequence[Ranked], place: int, number: int) -> Clues:
    """The clues of a sentence of one of these passages."""
    one, best = ranked[place], ranked[0].total
    match = one.match
    if match is None:
        raise ValueError(f"passage {one.passage.chunk_id} was not read")
    sentence = match.sentences[number]
    text = match.passage.text[sentence.sentence.start : sentence.sentence.end]
    before = _score(match, number - 1)
    return Clues(
        score=sentence.score,
        before=before,
        leaning=before if LEANS_BACK.match(text) else 0.0,
        after=_score(match, number + 1),
        heading=max(match.lead_score**2 / (1 + number), _heading_before(match, number)),
        asked=sentence.asked,
        offers=float(sentence.offers is True),
        lacks=float(sentence.offers is False),
        fresh=math.log1p(sentence.fresh),
        length=math.log1p(len(text.split())),
        behind=(best - one.total) / best if best else 0.0,
        elsewhere=float(place > 0),
    )


def likelihoods(ranked: Sequence[Ranked], candidates: Sequence[tuple[int, int]]) -> list[Likely]:
    """The candidates, each passage and number, most likely first; probabilities add up to 1 (a conditional logit)."""
    spoken_for = (clues(ranked, *one) for one in candidates)
    weighed = [sum(weight * getattr(one, name) for name, weight in WEIGHTS.items()) for one in spoken_for]
    top = max(weighed, default=0.0)
    odds = [math.exp(value - top) for value in weighed]
    likely = [Likely(*one, odd / sum(odds)) for one, odd in zip(candidates, odds, strict=True)]
    return sorted(likely, key=lambda one: (-one.probability, one.passage, one.number))


def _score(match: PassageMatch, number: int) -> float:
    return match.sentences[number].score if 0 <= number < len(match.sentences) else 0.0


def _heading_before(match: PassageMatch, number: int) -> float:
    """How much the last heading inside the passage says, less the further up it stands."""
    for back in range(number - 1, -1, -1):
        other = match.sentences[back]
        if other.sentence.kind == "heading":
            return other.score**2 / (number - back)
    return 0.0
