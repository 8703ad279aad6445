"""What is searched for."""

from hypothesis import given
from hypothesis import strategies as st

from supportbot.answerer.domain.answer import HistoryTurn, Question
from supportbot.answerer.domain.query import MAX_WORDS, read_question

HISTORY = (
    HistoryTurn("user", "Tell me about gift cards"),
    HistoryTurn("assistant", "They are plastic"),
    HistoryTurn("user", "How long is the warranty on lamps?"),
    HistoryTurn("assistant", "Two years"),
)


def test_a_full_question_stands_alone() -> None:
    query = read_question(Question("Which payment methods does the Moscow store accept?", HISTORY))
    assert not query.follow_up
    assert "lamps" not in query.weights


def test_a_short_or_pronominal_question_borrows_from_the_last_user_turns() -> None:
    for text in ("And in Kazan?", "Is it possible to extend that period for another year abroad?"):
        query = read_question(Question(text, HISTORY))
        assert query.follow_up
        assert query.weights["lamps"] == 0.5
        assert query.weights["gift"] == 0.25
        assert "plastic" not in query.weights


def test_a_russian_follow_up_is_told_by_its_pronoun() -> None:
    query = read_question(Question("А сколько стоит вернуть его курьером из Казани?", (HistoryTurn("user", "диван"),)))
    assert query.weights["диван"] == 0.5


def test_a_short_question_without_history_is_no_follow_up() -> None:
    assert not read_question(Question("delivery?")).follow_up


def test_the_text_tells_the_language_and_the_hint_helps_where_it_does_not() -> None:
    assert read_question(Question("Где заказ?", language_hint="en")).language == "ru"
    assert read_question(Question("12345", language_hint="ru")).language == "ru"
    assert read_question(Question("12345")).language == "und"


def test_names_and_numbers_are_noted() -> None:
    query = read_question(Question("Does Bosch model X200 come to Kazan in 2024?"))
    assert query.names == {"bosch", "x200", "kazan"}
    assert query.numbers == {"x200", "2024"}


def test_names_and_numbers_count_more_and_words_of_any_question_less() -> None:
    weights = read_question(Question("What is the name of the shop in Kazan?")).weights
    assert weights["name"] < weights["shop"] == 1 < weights["kazan"]


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_message_can_be_read(text: str, turns: list[str]) -> None:
    query = read_question(Question(text, tuple(HistoryTurn("user", turn) for turn in turns)))
    assert len(query.weights) <= (1 + 2) * MAX_WORDS
    assert all(weight > 0 for weight in query.weights.values())
