"""What kind of thing a question asks for."""

import pytest

from supportbot.answerer.domain.answer_kind import Kind, kind_asked, offers
from supportbot.common.knowledge.tokens import stem, words


def has(kind: Kind, text: str, question: str) -> bool:
    return offers(kind, text, [stem(word) for word in words(text)], {stem(word) for word in words(question)})


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When will my refund arrive?", "time"),
        ("What year was it built?", "time"),
        ("how long does delivery take", "time"),
        ("Когда придут деньги?", "time"),
        ("в каком году основан", "time"),
        ("Сколько времени идёт посылка?", "time"),
        ("How much is delivery?", "price"),
        ("почём доставка", "price"),
        ("what does it cost", "price"),
        ("How many are there?", "number"),
        ("Сколько стоит доставка?", "price"),
        ("Who wrote it?", "name"),
        ("Где ваш магазин?", "name"),
        ("How do I return an item?", None),
        ("Как вернуть товар?", None),
        ("somewhere", None),
    ],
)
def test_the_question_says_what_is_asked_for(question: str, kind: Kind | None) -> None:
    assert kind_asked(question) == kind


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("time", "It arrives within three business days."),
        ("time", "It was built in 1927."),
        ("time", "We open at 9:30."),
        ("time", "Деньги приходят в течение 7 дней."),
        ("number", "It costs 300 roubles."),
        ("price", "Delivery: 300 ₽."),
        ("price", "Доставка стоит 300 рублей."),
        ("price", "Delivery is free."),
        ("number", "Доставка бесплатная, если заказов два."),
        ("name", "The book is by Anna Petrova."),
        ("name", "Наш магазин в Казани."),
    ],
)
def test_a_sentence_offers_it(kind: Kind, text: str) -> None:
    assert has(kind, text, "")


@pytest.mark.parametrize(
    ("kind", "text", "question"),
    [
        ("time", "It arrives soon enough.", ""),
        ("number", "We deliver in 24 hours a day", "is it 24 hours a day"),
        ("name", "The store of Anna is nice.", "Where is the store of Anna?"),
        ("price", "Delivery takes 3 days.", ""),
        ("price", "You pay in € at the door.", ""),
        ("name", "Nothing is here.", ""),
    ],
)
def test_what_is_absent_or_asked_already_is_no_offer(kind: Kind, text: str, question: str) -> None:
    assert not has(kind, text, question)
