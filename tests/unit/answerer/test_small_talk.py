"""Messages that need no document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.answerer.domain.calls_for_person import asks_for_person
from supportbot.answerer.domain.small_talk import small_talk


@pytest.mark.parametrize(
    ("text", "talk"),
    [
        ("Привет!", "greeting"),
        ("Добрый день", "greeting"),
        ("Hello there", "greeting"),
        ("/start", "greeting"),
        ("Спасибо большое!", "thanks"),
        ("ok, thanks", "thanks"),
        ("👍 спс", "thanks"),
        ("До свидания", "goodbye"),
        ("bye", "goodbye"),
        ("ok thanks, bye", "goodbye"),
        ("спасибо, до свидания!", "goodbye"),
        ("Good night", "goodbye"),
        ("thank you so much, that was helpful!", "thanks"),
        ("How are you?", "greeting"),
        ("Привет, как дела?", "greeting"),
        ("who are you", "identity"),
        ("Are you a real person?", "identity"),
        ("кто ты", "identity"),
        ("Это бот?", "identity"),
    ],
)
def test_small_talk_is_known(text: str, talk: str) -> None:
    assert small_talk(text) == talk


@pytest.mark.parametrize(
    "text",
    [
        "Здравствуйте, где мой заказ?",
        "hi, delivery?",
        "refund",
        "",
        "???",
        "a long day of work",
        "help",
        "вы",
        "доставка за день",
        "is it good for a day?",
        "who are the owners",
        "что вы можете починить",
        "how are you paid",
    ],
)
def test_a_question_is_no_small_talk(text: str) -> None:
    assert small_talk(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "оператор",
        "Позовите человека, пожалуйста",
        "хочу поговорить с оператором",
        "соедините с менеджером",
        "I want to talk to a human",
        "connect me to a real person",
        "human please",
        "agent",
    ],
)
def test_a_wish_for_a_person_is_understood(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "Какой у вас оператор связи в точке на Невском?",
        "How many people fit on the sofa?",
        "Where is my order?",
        "",
        "Can the delivery person carry it upstairs?",
    ],
)
def test_a_question_about_people_is_not_a_wish_for_one(text: str) -> None:
    assert not asks_for_person(text)


@given(st.text())
def test_any_text_can_be_judged(text: str) -> None:
    small_talk(text)
    asks_for_person(text)
