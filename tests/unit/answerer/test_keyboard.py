"""Words typed with the keyboard set to the other language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.answerer.domain.answer import Question
from supportbot.answerer.domain.keyboard import LONGEST, other_layout, retyped
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.answerer.use_cases.read_keyboard import as_meant
from tests.fakes.knowledge_index import FakeKnowledgeIndex
from tests.unit.answerer.passages import index_of

TEXTS = {
    "pay.md": ("Как оплатить заказ", "Оплатить заказ можно картой при получении или на сайте."),
    "returns.md": ("Возврат товара", "Возврат товара делаем в течение 30 дней после покупки."),
    "delivery.md": ("Delivery", "Delivery of a parcel takes three days and costs nothing."),
}


@pytest.fixture
async def index() -> FakeKnowledgeIndex:
    return await index_of(TEXTS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ghbdtn", "привет"),
        ("rfr jgkfnbnm pfrfp?", "как оплатить заказ?"),
        ("djpdhfn njdfhf", "возврат товара"),
        ("Djpdhfn, rfr?", "Возврат, как?"),
        ("вудшмукн", "delivery"),
        ("как jgkfnbnm заказ", "как оплатить заказ"),
    ],
)
async def test_what_makes_sense_in_the_other_layout_is_read_so(
    index: FakeKnowledgeIndex, typed: str, meant: str
) -> None:
    assert await as_meant(typed, index) == meant


@pytest.mark.parametrize(
    "text", ["How long does delivery take?", "delivrey of a parcel", "iPhone 15 Pro", "order A-77/2", "😀", "", "как?"]
)
async def test_what_makes_sense_as_it_is_or_in_no_layout_is_left_alone(index: FakeKnowledgeIndex, text: str) -> None:
    assert await as_meant(text, index) == text


async def test_a_question_in_the_wrong_layout_is_answered_in_the_language_that_was_meant(
    index: FakeKnowledgeIndex,
) -> None:
    found = await AnswerQuestion(index, threshold=0.0)(Question("rfr jgkfnbnm pfrfp"))
    assert (found.language, found.ranked[0]) == ("ru", "pay.md")


async def test_a_greeting_in_the_wrong_layout_is_a_greeting(index: FakeKnowledgeIndex) -> None:
    assert (await AnswerQuestion(index, threshold=0.7)(Question("ghbdtn!"))).message_key == "answer.greeting"


async def test_a_long_text_is_not_looked_at(index: FakeKnowledgeIndex) -> None:
    text = "ghbdtn " * LONGEST
    assert await as_meant(text, index) == text


@given(st.text(max_size=60))
def test_where_everything_is_plausible_nothing_changes(text: str) -> None:
    assert retyped(text, lambda _word: True) == text


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюя", min_size=1, max_size=20))
def test_any_russian_word_can_be_read_from_the_english_layout(word: str) -> None:
    typed = other_layout(word)
    assert other_layout(typed.rstrip(",")) == (word if not typed.endswith(",") else word.rstrip("б"))
