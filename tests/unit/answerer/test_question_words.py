"""How much the words of a question count."""

import pytest

from supportbot.answerer.domain.question_words import FAINT, LIGHT, POINTED, is_light, word_weight
from supportbot.common.knowledge.tokens import stem


@pytest.mark.parametrize(
    ("word", "weight"),
    [("whether", FAINT), ("вместо", FAINT), ("want", LIGHT), ("стоимость", LIGHT), ("router", 1.0), ("залог", 1.0)],
)
def test_words_that_hold_a_question_together_count_less_than_what_it_is_about(word: str, weight: float) -> None:
    assert word_weight(stem(word), [], []) == weight
    assert is_light(word) == (weight < 1.0)


def test_a_name_counts_more_whatever_word_it_is() -> None:
    assert word_weight("ye", ["ye"], []) == POINTED
