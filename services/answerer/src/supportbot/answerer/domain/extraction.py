"""An answer in the documents' own words: which sentences to take, and what must come with them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from supportbot.answerer.domain.matching import PassageMatch
from supportbot.answerer.domain.ranking import Ranked
from supportbot.answerer.domain.sentences import Sentence

SENTENCES: Final = 3
PASSAGES: Final = 3
CLEAR_LEAD: Final = 0.3
"""A sentence that is ahead of all others by this much is nearly alone the answer."""
WORDS_WHEN_CLEAR: Final = 40
WORDS_WHEN_NOT: Final = 95
_WORDS_IN_LIST: Final = 160
_NEIGHBOUR: Final = 0.1
_HEADING: Final = 1.2
_NEAR: Final = 0.75
"""Another passage adds to the answer only where it scores at least this share of the best one's,"""
_AS_GOOD: Final = 0.6
"""and only sentences that say at least this share of what the best one says."""
_AT_LEAST: Final = 0.1
_TOO_SHORT: Final = 2
_ASKED_ABOVE: Final = 0.5
_YES_OR_NO: Final = re.compile(r"(?:yes|no|да|нет)\b", re.IGNORECASE)
_PER_WORD: Final = 0.1 / 60
_LEANS_BACK: Final = re.compile(
    r"[\W_]*(?:he|she|it|they|this|these|that|those|his|her|its|their|such|also|then|however|therefore|otherwise|but|and"
    r"|он|она|оно|они|это|этот|эта|эти|его|ее|её|их|такой|такая|такое|такие|также|тогда|затем|однако|поэтому|но|и|а"
    r"|иначе|при этом|кроме того|в этом случае)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Sentences of one passage that belong into the answer, by their numbers, in reading order."""

    ranked: Ranked
    match: PassageMatch
    chosen: tuple[int, ...]

    @property
    def runs(self) -> list[list[Sentence]]:
        """The chosen sentences, those that follow each other together."""
        runs: list[list[Sentence]] = []
        for place, number in enumerate(self.chosen):
            if place and self.chosen[place - 1] == number - 1:
                runs[-1].append(self.match.sentences[number].sentence)
            else:
                runs.append([self.match.sentences[number].sentence])
        return runs


@dataclass(frozen=True, slots=True)
class _Scored:
    value: float
    passage: int
    number: int


def extract(ranked: Sequence[Ranked]) -> list[Excerpt]:
    """Up to three sentences of the best passages, and what they cannot be read without; best passage first."""
    near = [one for one in ranked[:PASSAGES] if one.total >= _NEAR * ranked[0].total]
    read = [(one, one.match) for one in near if one.match is not None]
    scored = sorted(_score(read), key=lambda one: (-one.value, one.passage, one.number))
    if not scored:
        return []
    clear = len(scored) == 1 or scored[0].value - scored[1].value >= CLEAR_LEAD
    budget = WORDS_WHEN_CLEAR if clear else WORDS_WHEN_NOT
    chosen: list[set[int]] = [set() for _ in read]
    taken = used = 0
    for one in scored:
        match = read[one.passage][1]
        fresh = _with_company(match, one.number) - chosen[one.passage]
        length = sum(_words(match, number) for number in fresh)
        if taken == SENTENCES or (taken and used + length > budget):
            continue
        if fresh:
            chosen[one.passage] |= fresh
            taken, used = taken + 1, used + length
    return [Excerpt(one, match, tuple(sorted(some))) for (one, match), some in zip(read, chosen, strict=True) if some]


def _score(read: Sequence[tuple[Ranked, PassageMatch]]) -> list[_Scored]:
    top, best = (read[0][0].total, read[0][1].best) if read else (0.0, 0.0)
    scored = []
    for place, (one, match) in enumerate(read):
        behind = (top - one.total) / top if top else 0.0
        for number, sentence in enumerate(match.sentences):
            if _can_answer(match, number) and sentence.score >= (_AS_GOOD * best if place else _least(match, best)):
                value = sentence.score + _around(match, number) - _PER_WORD * _words(match, number)
                scored.append(_Scored(value - behind, place, number))
    return scored


def _around(match: PassageMatch, number: int) -> float:
    """What the sentences beside it and the heading above it add: an answer often does not repeat the question."""
    added = 0.0
    for beside in (number - 1, number + 1):
        if 0 <= beside < len(match.sentences):
            other = match.sentences[beside]
            is_heading_above = beside < number and other.sentence.kind == "heading"
            added += _HEADING * other.score**2 if is_heading_above else _NEIGHBOUR * other.score
    return added + _HEADING * match.lead_score**2 / (1 + number)


def _least(match: PassageMatch, best: float) -> float:
    """What a sentence must say itself, unless it stands under a heading that says it."""
    return 0.0 if match.lead_score >= _ASKED_ABOVE else _AT_LEAST * best


def _can_answer(match: PassageMatch, number: int) -> bool:
    """No headings, no questions, and no yes or no to a question that is not the user's."""
    sentence = match.sentences[number].sentence
    if sentence.kind == "heading" or match.passage.text[sentence.end - 1] == "?":
        return False
    return match.heading_score >= _ASKED_ABOVE or not _YES_OR_NO.match(match.passage.text, sentence.start)


def _with_company(match: PassageMatch, number: int) -> set[int]:
    """A sentence with those that it cannot be read without."""
    sentences = [one.sentence for one in match.sentences]
    if sentences[number].kind == "item":
        return _list_with_intro(match, sentences, number)
    company = {number}
    follows = number + 1 < len(sentences) and sentences[number + 1].kind == "item"
    if follows and match.passage.text[: sentences[number].end].endswith(":"):
        return company | _list_with_intro(match, sentences, number + 1)
    if _words(match, number) <= _TOO_SHORT and number + 1 < len(sentences):
        company.add(number + 1)
    if number and _LEANS_BACK.match(match.passage.text, sentences[number].start):
        before = sentences[number - 1]
        if before.kind == "sentence" and before.block == sentences[number].block:
            company.add(number - 1)
    return company


def _list_with_intro(match: PassageMatch, sentences: Sequence[Sentence], number: int) -> set[int]:
    items = {place for place, one in enumerate(sentences) if one.block == sentences[number].block}
    if sum(_words(match, place) for place in items) > _WORDS_IN_LIST:
        items = {number}
    before = min(place for place, one in enumerate(sentences) if one.block == sentences[number].block) - 1
    return items | {before} if before >= 0 and sentences[before].kind == "sentence" else items


def _words(match: PassageMatch, number: int) -> int:
    sentence = match.sentences[number].sentence
    return len(match.passage.text[sentence.start : sentence.end].split())
