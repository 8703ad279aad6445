"""Whether an answer that a model made is borne out by the passages that it cites. Nothing is asked for this."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from supportbot.answerer.domain.contradiction import (
    Statement,
    contradicts,
    misplaced_number,
    numbers_within,
    statements_of,
)
from supportbot.answerer.domain.facts import (
    BESIDE_FACTS,
    Source,
    missing_link,
    missing_name,
    missing_number,
    numbers_in,
    source_of,
    unlisted_link,
)
from supportbot.answerer.domain.model_replies import ComposedAnswer, ComposedSentence
from supportbot.answerer.domain.ranges import amounts_in
from supportbot.answerer.domain.related_words import related_words
from supportbot.common.knowledge.languages import detect_language, is_cyrillic
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.stop_words import STOP_WORDS
from supportbot.common.knowledge.tokens import content_words, stem, transliterate, words
from supportbot.common.knowledge.vectors import passage_text

Fault = Literal["no_citation", "unknown_citation", "number", "link", "name", "words", "opposite", "prompt"]
LEAST_SHARE: Final = 0.5
"""Of a sentence's content words so many must occur in what it cites: below, it says something else."""
ACROSS_LANGUAGES: Final = 0.6
"""What a sentence counts whose words cannot be compared, because it is in another language than what it cites;"""
UNLINKED: Final = 0.0
"""and where no number, name or related word of it is in what it cites: an answer of nothing else does not hold."""
_LONGEST_WORD: Final = 24
"""Longer than words are: keys, encoded texts and the like, which must stand in the passages as they are."""
_PROMPT_RUN: Final = 6
"""So many words of our instructions in a row are no coincidence."""
_PREFIX: Final = 4
_PREFIX_SHARE: Final = 0.75


@dataclass(frozen=True, slots=True)
class Grounding:
    """What the check found."""

    share: float
    """How much of the answer's wording the passages bear out, from 0 to 1."""
    fault: Fault | None = None
    sentence: int | None = None
    """The place of the first sentence that failed."""

    @property
    def holds(self) -> bool:
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Secrets:
    """What an answer must not repeat, and where it may point."""

    instructions: str = ""
    """What the model was told."""
    tone: str = ""
    """The part of it that whoever runs the product has written."""
    link_hosts: frozenset[str] = frozenset()
    """The only hosts that links may lead to; empty: any that the cited passages name."""


class GroundingCheck:
    """Holds an answer's sentences, one after the other, against the passages that they cite."""

    def __init__(self, passages: Sequence[Passage], secrets: Secrets = Secrets(), asked: str = "") -> None:
        """`asked`: the question, whose amounts may be repeated where a passage has a range for them."""
        self._passages = passages
        self._asked = frozenset(amounts_in(asked))
        self._secrets = secrets
        self._sources = [source_of(_with_source(passage)) for passage in passages]
        self._instructions = " ".join(words(secrets.instructions))
        self._tone = frozenset(word for word in content_words(secrets.tone) if len(word) >= _PREFIX)
        self._shares: list[float] = []
        self._count = 0

    def add(self, sentence: ComposedSentence) -> Grounding | None:
        """What is wrong with the next sentence; None where nothing is."""
        place, self._count = self._count, self._count + 1
        fault = _citation_fault(sentence, len(self._passages))
        if fault is not None:
            return Grounding(0.0, fault, place)
        source = _joined([self._sources[number - 1] for number in sentence.citations])
        cited = [self._passages[number - 1] for number in sentence.citations]
        statements = [one for passage in cited for one in statements_of(passage)]
        repeated = [one for one in amounts_in(sentence.text) if one in self._asked]
        source = source.with_numbers(numbers_within(sentence.text, repeated, statements))
        fault, share = _hold_against(sentence.text, source, cited, statements)
        fault = fault or self._leak(sentence.text, source)
        if fault is not None:
            return Grounding(share or 0.0, fault, place)
        if share is not None:
            self._shares.append(share)
        return None

    def of_all(self, answer: ComposedAnswer) -> Grounding:
        """Hold every sentence against the passages it cites. One that fails spoils the answer."""
        found = (self.add(sentence) for sentence in answer.sentences)
        return next(filter(None, found), None) or self.verdict()

    def verdict(self) -> Grounding:
        """Of all sentences, none of which failed."""
        if not any(self._shares):
            return Grounding(0.0, "words", 0)
        return Grounding(sum(self._shares) / len(self._shares))

    def _leak(self, text: str, source: Source) -> Fault | None:
        if unlisted_link(text, self._secrets.link_hosts):
            return "link"
        said = words(text)
        if any(len(word) > _LONGEST_WORD and word not in source.text for word in said):
            return "words"
        if any(word in self._tone and stem(word) not in source.stems for word in said):
            return "prompt"
        runs = (" ".join(said[start : start + _PROMPT_RUN]) for start in range(len(said) - _PROMPT_RUN + 1))
        return "prompt" if any(f" {run} " in f" {self._instructions} " for run in runs) else None


def _citation_fault(sentence: ComposedSentence, passages: int) -> Fault | None:
    if not sentence.citations:
        return "no_citation"
    known = all(1 <= number <= passages for number in sentence.citations)
    return None if known else "unknown_citation"


def _hold_against(
    text: str, source: Source, cited: Sequence[Passage], statements: Sequence[Statement]
) -> tuple[Fault | None, float | None]:
    """What is wrong with a sentence, and its share; no share where it says too little to be judged."""
    if missing_number(text, source):
        return "number", None
    if missing_link(text, source):
        return "link", None
    if not _comparable(text, cited):
        return ("name", None) if _foreign_word_missing(text, source) else (None, _across(text, source))
    share = _share(text, source)
    return _fault_of_wording(text, source, statements, share), share


def _fault_of_wording(text: str, source: Source, statements: Sequence[Statement], share: float | None) -> Fault | None:
    if missing_name(text, source):
        return "name"
    if share is not None and share < LEAST_SHARE:
        return "words"
    if misplaced_number(text, statements):
        return "number"
    return "opposite" if contradicts(text, statements) else None


def _across(text: str, source: Source) -> float:
    """The share of a sentence in another language than its source: whatever of it can be compared must be there."""
    return ACROSS_LANGUAGES if _is_linked(text, source) else UNLINKED


def _is_linked(text: str, source: Source) -> bool:
    """Whether a number, a name or a word that the list of related words knows in both languages is in both."""
    if any(number in source.numbers for number in numbers_in(text)):
        return True
    said = words(text)
    if any(relation.meant in source.stems for relation in related_words().relations(said)):
        return True
    heard = {transliterate(word) for word in words(source.text) if len(word) >= _PREFIX}
    return any(transliterate(word) in heard for word in said if len(word) >= _PREFIX and word not in STOP_WORDS)


def _comparable(text: str, cited: Sequence[Passage]) -> bool:
    """Whether the sentence is in a language of what it cites."""
    languages = {passage.language for passage in cited} - {"und"}
    language = detect_language(text)
    return language == "und" or not languages or language in languages


def _share(text: str, source: Source) -> float | None:
    """The share of the sentence's content words that the source has, inflected or as parts of related words."""
    found = {stem(word) for word in content_words(text)}
    if found <= BESIDE_FACTS:
        return None
    prefixes = {known[:size] for known in source.stems for size in range(_PREFIX, len(known) + 1)}
    return sum(word in source.stems or _beginning(word) in prefixes for word in found) / len(found)


def _beginning(word: str) -> str:
    """Enough of a stem to know it in a related word: `refund` in `refundable`."""
    return word[: max(_PREFIX, round(len(word) * _PREFIX_SHARE))]


def _foreign_word_missing(text: str, source: Source) -> bool:
    """Whether a Latin word in a Russian sentence, a product's name or a button, is not in the passages."""
    if detect_language(text) != "ru":
        return False
    latin = [word for word in content_words(text) if not is_cyrillic(word) and word.isalpha() and len(word) > 1]
    return any(stem(word) not in source.stems for word in latin)


def _joined(sources: Sequence[Source]) -> Source:
    return Source(
        frozenset[str]().union(*(source.numbers for source in sources)),
        frozenset[str]().union(*(source.stems for source in sources)),
        "\n".join(source.text for source in sources),
    )


def _with_source(passage: Passage) -> str:
    return f"{passage_text(passage)}\n{passage.source}"
