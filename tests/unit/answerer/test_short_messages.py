"""Messages that are too short, too polite or too bare to be searched for as they are."""

import pytest

from supportbot.answerer.domain.answer import HistoryTurn, Question
from supportbot.answerer.domain.query import can_stand_alone, read_question
from supportbot.answerer.domain.small_talk import small_talk, without_pleasantries


@pytest.mark.parametrize("text", ["😀", "👍🏽👍🏽", "yes", "No", "1", "42", "True", "да", "Нет.", "ага, да"])
def test_a_bare_reply_is_not_searched_for(text: str) -> None:
    assert small_talk(text) == "unclear"


@pytest.mark.parametrize("text", ["order 1234", "yes, how do I pay?", "доставка", "5 kg parcel"])
def test_a_message_that_says_something_is_searched_for(text: str) -> None:
    assert small_talk(text) is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Спасибо, а как оплатить?", "как оплатить?"),
        ("thanks! And how do I pay?", "how do I pay?"),
        ("Добрый день. Где мой заказ?", "Где мой заказ?"),
        ("Hello", "Hello"),
        ("Hi-fi speakers delivery", "Hi-fi speakers delivery"),
        ("Как оплатить? Спасибо", "Как оплатить? Спасибо"),
    ],
)
def test_politeness_before_a_question_is_left_out_of_the_search(text: str, rest: str) -> None:
    assert without_pleasantries(text) == rest


HISTORY = (HistoryTurn("user", "How do I return an item?"), HistoryTurn("assistant", "Within 30 days."))


@pytest.mark.parametrize("text", ["How do I track my order?", "Сколько стоит доставка?"])
def test_a_short_question_that_points_at_nothing_can_be_meant_alone(text: str) -> None:
    assert read_question(Question(text, HISTORY)).follow_up
    assert can_stand_alone(text)


@pytest.mark.parametrize("text", ["And to Kazan?", "Can I send it back later?", "А его можно вернуть?"])
def test_a_question_that_points_back_needs_what_was_said_before(text: str) -> None:
    assert not can_stand_alone(text)
