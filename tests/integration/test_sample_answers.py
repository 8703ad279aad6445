"""The sample help centre answers without a model: paraphrases, odd messages, and how often it is right."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from supportbot.answerer.domain.answer import HistoryTurn, Question
from supportbot.answerer.evaluation.sets import SetQuestion, read_lines
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.indexer.adapters.markdown import read_markdown
from supportbot.indexer.domain.chunking import chunk_parsed

SAMPLE = Path(__file__).parents[2] / "services/standalone/src/supportbot/standalone/sample"
QUESTIONS = read_lines(SAMPLE / "questions.jsonl", SetQuestion)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, indexed once."""
    folder = tmp_path_factory.mktemp("sample")
    asyncio.run(_fill(folder))
    return folder


@pytest.fixture
async def answer(folder: Path) -> AsyncIterator[AnswerQuestion]:
    """The way to an answer from the sample."""
    index = await EdgeKnowledgeIndex.open(folder)
    yield AnswerQuestion(index, threshold=0.7)
    await index.close()


async def _fill(folder: Path) -> None:
    index = await EdgeKnowledgeIndex.open(folder)
    for file in sorted([*SAMPLE.glob("en/*.md"), *SAMPLE.glob("ru/*.md")]):
        name = DocumentId(file.relative_to(SAMPLE).as_posix())
        await index.replace(name, "1", chunk_parsed(name, read_markdown(name, file.read_bytes())))
    await index.close()


async def test_its_own_questions_find_their_articles_and_few_answers_are_wrong(answer: AnswerQuestion) -> None:
    found = [
        (one, await answer(Question(one.text, tuple(HistoryTurn(turn.role, turn.text) for turn in one.history))))
        for one in QUESTIONS
    ]
    right = [bool(answered.ranked) and answered.ranked[0] in one.gold for one, answered in found]
    answerable = [is_right for is_right, one in zip(right, QUESTIONS, strict=True) if one.answerable]
    assert sum(answerable) / len(answerable) >= 0.75
    sent = [is_right for is_right, (_, answered) in zip(right, found, strict=True) if answered.decision == "answer"]
    assert sum(sent) / len(sent) >= 0.75


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("как сбросить пароль", "ru/password-reset.md"),
        ("rfr c,hjcbnm gfhjkm", "ru/password-reset.md"),
        ("где моя посылка", "ru/tracking.md"),
        ("I want to erase my account", "en/delete-account.md"),
        ("kak otmenit zakaz", "ru/cancel-order.md"),
        ("how to cancell my ordr", "en/cancel-order.md"),
        ("гарантия на мебель", "ru/warranty.md"),
    ],
)
async def test_a_question_in_other_words_or_letters_finds_its_article(
    answer: AnswerQuestion, text: str, article: str
) -> None:
    assert (await answer(Question(text))).ranked[0] == article


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("спасибо большое!", "answer.thanks"),
        ("Good morning", "answer.greeting"),
        ("ghbdtn", "answer.greeting"),
        ("👍", "answer.unclear"),
        ("  ", "answer.empty"),
    ],
)
async def test_what_is_no_question_gets_a_word_in_return(answer: AnswerQuestion, text: str, key: str) -> None:
    found = await answer(Question(text))
    assert (found.decision, found.message_key) == ("reply", key)


@pytest.mark.parametrize(
    "text",
    [
        "何か質問があります",
        "Πώς μπορώ να επιστρέψω ένα προϊόν;",
        "كيف يمكنني إلغاء الطلب؟",
        "Wie kann ich meine Bestellung stornieren?",
        "Jak mogę zwrócić towar?",
        "zxqv wvutsr",
    ],
)
async def test_a_language_without_documents_goes_to_a_person(answer: AnswerQuestion, text: str) -> None:
    assert (await answer(Question(text))).decision == "escalate"


async def test_ten_questions_in_one_go_to_a_person_or_get_an_answer_with_its_source(answer: AnswerQuestion) -> None:
    ten = " ".join(question.text for question in QUESTIONS if question.answerable and not question.history)[:1500]
    found = await answer(Question(ten))
    assert found.decision == "escalate" or found.citations


@pytest.mark.parametrize("piece", ["how do I return an item ", "вернуть товар ", "a", "😀", "ghbdtn "])
async def test_twenty_thousand_characters_are_read_like_any_message(answer: AnswerQuestion, piece: str) -> None:
    found = await answer(Question((piece * 20_000)[:20_000]))
    assert found.decision in ("answer", "escalate", "reply")
