"""A question as what to search for: its content words and how much each counts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from supportbot.answerer.domain.answer import HistoryTurn, Question
from supportbot.answerer.domain.question_words import word_weight
from supportbot.answerer.domain.small_talk import without_pleasantries
from supportbot.common.knowledge.languages import Language, detect_language
from supportbot.common.knowledge.tokens import content_words, grams, stem, words
from supportbot.common.knowledge.vectors import term_number

MAX_WORDS: Final = 60
"""Of a longer message only the first content words are searched for: the time of a search grows with them."""
_HISTORY_WEIGHTS: Final = (0.5, 0.25)
"""What the words of the last and the last but one user turn count in a follow-up, beside the question's own."""
_FEW_WORDS: Final = 4
_FEWEST_ALONE: Final = 2
"""“And to Kazan?” has one word of its own: it cannot be understood without the question before it."""
_LEANS_BACK: Final = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those|he|she|him|her|one|ones|there|so|else|other|others|same|both"
    r"|он[аио]?|его|ее|их|ему|ей|им|них|ними|нее|него|нем|это|этот|эта|эти|этого|этой|этом|этим|там|туда|тогда|тоже"
    r"|такой|такое|такая|такие|еще|другой|другая|другие|другое)\b"
)


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for."""

    text: str
    language: Language
    weights: Mapping[str, float]
    """Content word → how much it counts; words of earlier turns count less than the question's own."""
    follow_up: bool
    names: frozenset[str] = frozenset()
    """Stems of words written with a capital inside the question, most of them names."""
    numbers: frozenset[str] = frozenset()
    """Stems of words with a digit in them, such as years, sums and models."""


def read_question(question: Question) -> Query:
    """The query of a question; a short or pronominal one borrows words from the turns before it."""
    own = content_words(without_pleasantries(question.text))[:MAX_WORDS]
    weights = _summed((word, 1.0) for word in own)
    follow_up = bool(question.history) and _needs_history(question.text, own)
    if follow_up:
        for weight, text in zip(_HISTORY_WEIGHTS, _user_turns(question.history), strict=False):
            for word in content_words(text)[:MAX_WORDS]:
                weights.setdefault(word, weight)
    names, numbers = _names_and_numbers(question.text)
    weights = {word: weight * word_weight(stem(word), names, numbers) for word, weight in weights.items()}
    return Query(question.text, _language(question), weights, follow_up, names, numbers)


def stem_weights(query: Query, corrections: Mapping[str, str]) -> dict[str, float]:
    """Stem → weight; a misspelt word counts as what it was taken for."""
    return _summed((stem(corrections.get(word, word)), weight) for word, weight in query.weights.items())


def gram_weights(query: Query, corrections: Mapping[str, str]) -> dict[str, float]:
    """Letter group → weight."""
    return _summed(
        (gram, weight) for word, weight in query.weights.items() for gram in grams([corrections.get(word, word)])
    )


def numbered(weights: Mapping[str, float]) -> dict[int, float]:
    """The same by term number."""
    return _summed_numbers((term_number(term), weight) for term, weight in weights.items())


def can_stand_alone(text: str) -> bool:
    """Whether a question may be meant without what was said before: it has a few words and points at nothing."""
    return len(content_words(text)) >= _FEWEST_ALONE and not points_back(text)


def _needs_history(text: str, own: list[str]) -> bool:
    return len(own) < _FEW_WORDS or points_back(text)


def points_back(text: str) -> bool:
    """Whether a question has a word such as "it", which means something that was said before."""
    return bool(_LEANS_BACK.search(" ".join(words(text))))


def _user_turns(history: tuple[HistoryTurn, ...]) -> Iterable[str]:
    return (turn.text for turn in reversed(history) if turn.role == "user")


def _names_and_numbers(text: str) -> tuple[frozenset[str], frozenset[str]]:
    written = text.split()[: 4 * MAX_WORDS]
    capitals = " ".join(word for word in written[1:] if word.lstrip("«“\"'(")[:1].isupper())
    digits = " ".join(word for word in written if any(letter.isdigit() for letter in word))
    return frozenset(map(stem, content_words(capitals))), frozenset(map(stem, content_words(digits)))


def _language(question: Question) -> Language:
    found = detect_language(question.text)
    return found if found != "und" else question.language_hint or "und"


def _summed(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for term, weight in pairs:
        total[term] = total.get(term, 0.0) + weight
    return total


def _summed_numbers(pairs: Iterable[tuple[int, float]]) -> dict[int, float]:
    total: dict[int, float] = {}
    for number, weight in pairs:
        total[number] = total.get(number, 0.0) + weight
    return total
