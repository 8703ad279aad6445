"""Several questions in one message."""

import pytest

from supportbot.answerer.domain.answer import Question
from supportbot.answerer.domain.keyboard import other_layout
from supportbot.answerer.domain.parts import parts_of
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from tests.fakes.knowledge_index import FakeKnowledgeIndex
from tests.unit.answerer.passages import index_of

CANCEL = "You can cancel a visit until 12 hours before it. Call us."
PARKING = "Our car park has 40 places. The first hour is free."


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("How do I cancel and do you take PayPal?", ["How do I cancel", "do you take PayPal?"]),
        ("Do you have lamps? Do you deliver to Kazan?", ["Do you have lamps?", "Do you deliver to Kazan?"]),
        ("сколько стоит имплант и даёте ли рассрочку?", ["сколько стоит имплант", "даёте ли рассрочку?"]),
        ("Здравствуйте! Как отменить приём, а где парковка?", ["Как отменить приём", "где парковка?"]),
    ],
)
def test_questions_are_told_apart(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "How do I return an item and get my money back?",
        "What is it? How long does it take?",
        "Где мой заказ? Когда он придёт?",
        "Lamps? Beds? Chairs? Tables? Sofas?",
        "what?",
        "",
        "?? ??",
    ],
)
def test_one_question_or_too_many_or_one_that_leans_on_another_stay_together(text: str) -> None:
    assert parts_of(text) == [text]


@pytest.fixture
async def index() -> FakeKnowledgeIndex:
    return await index_of({"cancel.md": ("Cancelling a visit", CANCEL), "parking.md": ("Parking", PARKING)})


async def test_each_is_answered_by_itself(index: FakeKnowledgeIndex) -> None:
    ask = AnswerQuestion(index, threshold=0.5)
    found = await ask(Question("Until when can I cancel a visit and how many places has the car park?"))
    assert found.decision == "answer"
    assert "12 hours" in found.text
    assert "40 places" in found.text
    assert {citation.document for citation in found.citations} == {"cancel.md", "parking.md"}
    assert found.confidence == min(
        [
            (await ask(Question("Until when can I cancel a visit"))).confidence,
            (await ask(Question("how many places has the car park?"))).confidence,
        ]
    )
    assert found.trace["parts"] == 2


async def test_also_where_both_were_typed_with_the_other_keyboard(index: FakeKnowledgeIndex) -> None:
    mistyped = other_layout("until when can i cancel a visit and how many places has the car park")
    found = await AnswerQuestion(index, threshold=0.5)(Question(mistyped))
    assert (found.decision, found.trace.get("parts")) == ("answer", 2)


async def test_where_one_has_no_answer_the_message_is_judged_as_a_whole(index: FakeKnowledgeIndex) -> None:
    ask = AnswerQuestion(index, threshold=0.5)
    found = await ask(Question("Until when can I cancel a visit and do you sell elephants to zoos?"))
    assert "parts" not in found.trace
