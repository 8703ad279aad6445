"""Words that mean nearly the same."""

import pytest

from supportbot.answerer.domain.matching import Terms, match_passage
from supportbot.answerer.domain.related_words import PHRASE, SYNONYM, TRANSLATION, RelatedWords, related_words
from supportbot.answerer.domain.relating import SEARCHED, related_terms, searched_related
from supportbot.common.knowledge.tokens import stem, words
from supportbot.common.knowledge.vectors import term_number
from tests.unit.answerer.passages import passage

WORDS = RelatedWords.parse(
    """
    # a remark
    refund, money back = возврат, вернуть деньги   # another
    delivery, shipping
    = пароль, код
    """
)


def meant(text: str) -> dict[str, float]:
    return {relation.meant: relation.strength for relation in WORDS.relations(words(text))}


def test_words_of_a_group_stand_for_each_other_and_count_more_across_languages() -> None:
    assert meant("refunds") == {stem("возврат"): TRANSLATION}
    assert meant("shipping") == {stem("delivery"): SYNONYM}
    assert meant("пароли") == {stem("код"): SYNONYM}


def test_a_phrase_stands_for_words_where_it_is_said_whole() -> None:
    assert meant("I want my money back") == dict.fromkeys([stem("refund"), stem("возврат")], PHRASE)
    assert meant("back to the money") == {}


def test_a_word_of_no_group_stands_for_nothing() -> None:
    assert meant("sofa") == {}


def test_a_list_without_groups_relates_nothing() -> None:
    assert RelatedWords.parse("").relations(["refund"]) == []


@pytest.mark.parametrize(
    ("asked", "related"),
    [("shipping", "доставка"), ("сбросить", "восстановить"), ("buy", "purchase"), ("лк", "профиль")],
)
def test_the_shipped_list_knows_the_words_of_a_help_desk(asked: str, related: str) -> None:
    assert stem(related) in {relation.meant for relation in related_words().relations([asked])}


def test_a_related_word_is_searched_for_weaker_than_its_word_and_only_where_it_occurs() -> None:
    relations = WORDS.relations(["refund"])
    idf = {term_number(stem(word)): 2.0 for word in ("refund", "возврат")}
    known = frozenset({term_number(stem("возврат"))})
    assert searched_related(relations, {"refund": 1.0}, idf, known) == {stem("возврат"): SEARCHED * TRANSLATION}
    assert searched_related(relations, {"refund": 1.0}, idf, frozenset()) == {}


def test_a_common_word_says_little_of_the_rare_word_that_it_stands_for() -> None:
    relations = WORDS.relations(["refund"])
    idf = {term_number("refund"): 4.0, term_number(stem("возврат")): 1.0}
    assert related_terms(relations, {"refund": 1.0}, idf) == {stem("возврат"): {"refund": TRANSLATION / 4}}


def test_a_sentence_with_a_related_word_scores_between_one_with_the_word_and_one_without() -> None:
    terms = Terms({"refund": 1.0}, {}, frozenset({"refund"}), 1.0, {stem("возврат"): {"refund": TRANSLATION}})
    exact, related, other = (
        match_passage(passage(text), terms).best for text in ("A refund.", "Возврат.", "Something else.")
    )
    assert exact > related > other == 0


def test_a_heading_in_the_other_language_is_nearly_the_question() -> None:
    terms = Terms({"refund": 1.0}, {}, frozenset({"refund"}), 1.0, {stem("возврат"): {"refund": TRANSLATION}})
    assert match_passage(passage("…", title="Возврат"), terms).likeness == pytest.approx(TRANSLATION)
