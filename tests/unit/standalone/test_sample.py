"""The sample help centre is complete, and its questions fit its articles."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

SAMPLE = Path(__file__).parents[3] / "services/standalone/src/supportbot/standalone/sample"
LANGUAGES = ("en", "ru")
ARTICLES = sorted(SAMPLE.glob("en/*.md")) + sorted(SAMPLE.glob("ru/*.md"))
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")

Question = dict[str, Any]


def fold(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())


def read_questions() -> list[Question]:
    lines = (SAMPLE / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


QUESTIONS = read_questions()
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]


def article_id(path: Path) -> str:
    return path.relative_to(SAMPLE).as_posix()


def question_id(question: Question) -> str:
    return str(question["id"])


def slugs(language: str) -> set[str]:
    return {path.name for path in SAMPLE.glob(f"{language}/*.md")}


def figures(name: str) -> Counter[str]:
    """Numbers of an article without separators of thousands and numbers of list items."""
    text = re.sub(r"^\d\. ", "", (SAMPLE / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = text.replace("500,000 people", "500 people")  # Russian says "500 тысяч"
    text = re.sub(r"(?<=\d)[, ](?=\d{3}\b)", "", text)
    return Counter(number.replace(",", ".") for number in NUMBER.findall(text))


def test_every_topic_is_written_in_both_languages() -> None:
    assert slugs("en") == slugs("ru")
    assert len(slugs("en")) >= 26


@pytest.mark.parametrize("path", ARTICLES, ids=article_id)
def test_an_article_is_one_title_and_a_few_sections_of_readable_length(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[0].startswith("# ")
    assert sum(line.startswith("# ") for line in lines) == 1
    assert 2 <= sum(line.startswith("## ") for line in lines) <= 6
    assert 150 <= len(text.split()) <= 450
    assert "!" not in text


@pytest.mark.parametrize("path", ARTICLES, ids=article_id)
def test_an_article_is_in_the_language_of_its_folder(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    has_cyrillic = CYRILLIC.search(text) is not None
    assert has_cyrillic == (path.parent.name == "ru")


@pytest.mark.parametrize("slug", sorted(slugs("en")))
def test_both_languages_state_the_same_figures(slug: str) -> None:
    assert figures(f"en/{slug}") == figures(f"ru/{slug}")


@pytest.mark.parametrize(
    ("name", "heading", "facts"),
    [
        ("en/returns.md", "## How do I return an item?", ("30 days", "My orders", "pickup point")),
        ("ru/returns.md", "## Как вернуть товар?", ("30 дней", "Мои заказы", "пункт выдачи")),
    ],
)
def test_the_first_question_of_a_newcomer_is_answered_at_once(name: str, heading: str, facts: tuple[str, ...]) -> None:
    section = (SAMPLE / name).read_text(encoding="utf-8").split(heading)[1]
    first_paragraph = section.strip().split("\n\n")[0]
    assert all(fact in first_paragraph for fact in facts)


def test_there_are_enough_questions_and_each_has_its_own_id_and_text() -> None:
    assert len(QUESTIONS) >= 126
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)
    # A follow-up may repeat words that mean another thing after another history.
    told_apart = {(question["text"], json.dumps(question.get("history"))) for question in QUESTIONS}
    assert len(told_apart) == len(QUESTIONS)


def test_questions_are_split_evenly_between_the_languages() -> None:
    count = Counter(question["language"] for question in QUESTIONS)
    assert set(count) == set(LANGUAGES)
    assert abs(count["en"] - count["ru"]) <= len(QUESTIONS) // 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_third_of_the_questions_has_no_answer(language: str) -> None:
    answerable = [question["answerable"] for question in QUESTIONS if question["language"] == language]
    assert answerable.count(False) * 3 >= len(answerable)


def test_questions_come_in_the_manners_of_real_people() -> None:
    count = Counter(question["kind"] for question in QUESTIONS)
    assert set(count) == {"plain", "typo", "slang", "followup", "cross", "unanswerable"}
    assert count["typo"] >= 16
    assert count["slang"] >= 12
    assert count["followup"] >= 12
    assert count["unanswerable"] >= 42


@pytest.mark.parametrize("question", QUESTIONS, ids=question_id)
def test_a_question_is_answerable_exactly_when_it_has_gold_and_spans(question: Question) -> None:
    assert question["answerable"] == bool(question["gold"]) == bool(question["spans"])
    assert question["answerable"] == (question["kind"] != "unanswerable")
    assert len(question["spans"]) <= 3


@pytest.mark.parametrize("question", ANSWERABLE, ids=question_id)
def test_the_gold_articles_hold_every_span(question: Question) -> None:
    articles = [fold((SAMPLE / name).read_text(encoding="utf-8")) for name in question["gold"]]
    for span in question["spans"]:
        assert any(fold(span) in article for article in articles), span


@pytest.mark.parametrize("question", ANSWERABLE, ids=question_id)
def test_each_gold_article_alone_can_satisfy_the_question(question: Question) -> None:
    for name in question["gold"]:
        article = fold((SAMPLE / name).read_text(encoding="utf-8"))
        assert any(fold(span) in article for span in question["spans"]), name


@pytest.mark.parametrize("question", ANSWERABLE, ids=question_id)
def test_gold_is_in_the_language_of_the_question_unless_it_crosses_languages(question: Question) -> None:
    languages = {name.split("/")[0] for name in question["gold"]}
    assert languages == (set(LANGUAGES) if question["kind"] == "cross" else {question["language"]})


def test_every_article_is_asked_about() -> None:
    asked = {name for question in ANSWERABLE for name in question["gold"]}
    assert asked == {article_id(path) for path in ARTICLES}


@pytest.mark.parametrize("question", QUESTIONS, ids=question_id)
def test_history_ends_before_the_users_turn(question: Question) -> None:
    roles = [turn["role"] for turn in question.get("history", [])]
    assert roles == ["user", "assistant"] * (len(roles) // 2)
    assert bool(roles) or question["kind"] != "followup"


@pytest.mark.parametrize("language", LANGUAGES)
def test_starters_are_headings_of_articles(language: str) -> None:
    starters = json.loads((SAMPLE / "starters.json").read_text(encoding="utf-8"))[language]
    headings = {
        line.removeprefix("## ")
        for path in SAMPLE.glob(f"{language}/*.md")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("## ")
    }
    assert len(set(starters)) == 3
    assert set(starters) <= headings
