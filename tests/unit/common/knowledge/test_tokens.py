"""Texts become the same terms however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.common.knowledge.languages import detect_language
from supportbot.common.knowledge.tokens import GRAM, content_words, grams, marked, normalise, stems, words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Ёлка", "елка"),
        ("за\u00adказ", "заказ"),
        ("re\u200bturn", "return"),
        ("замо́к", "замок"),
        ("\ufb01nd", "find"),
        ("ＡＢＣ", "abc"),
        ("can\u2019t", "can't"),
        ("a\x00b", "ab"),
        ("Straße", "strasse"),
        ("\ud800x", "x"),
    ],
)
def test_what_looks_the_same_is_the_same(typed: str, meant: str) -> None:
    assert normalise(typed) == meant


def test_numbers_keep_their_groups_together() -> None:
    assert words("1,000 or 3.5, then 7.") == ["1000", "or", "35", "then", "7"]


def test_forms_of_a_word_share_a_stem() -> None:
    assert stems("возвраты возврата") == stems("возврат возврату")
    assert stems("returned items") == stems("returning item")


def test_words_that_say_nothing_are_left_out() -> None:
    assert content_words("How do I return it?") == ["return"]
    assert content_words("Как мне вернуть его?") == ["вернуть"]


def test_a_name_shares_grams_with_its_transliteration() -> None:
    russian, english = set(grams(["панда"])), set(grams(["panda"]))
    assert russian == english


def test_a_word_with_a_slip_shares_grams_with_the_right_one() -> None:
    assert len(set(grams(["delivery"])) & set(grams(["delivrey"]))) >= 3


def test_a_short_word_is_one_gram_with_its_ends() -> None:
    assert list(grams(["on"])) == ["<on>"]


@given(st.text())
def test_any_text_becomes_terms(text: str) -> None:
    found = content_words(text)
    assert all(word == normalise(word) for word in found)
    assert len(stems(text)) == len(found)
    assert detect_language(text) in {"ru", "en", "und"}


@given(st.lists(st.text(alphabet="абвгджшщюяabcdhjkpqtwxy019", min_size=1)))
def test_every_gram_of_a_word_is_in_its_marked_sound(source: list[str]) -> None:
    sound = marked(source)
    assert all(gram in sound and len(gram) <= GRAM for gram in grams(source))


@given(st.text())
def test_normalising_twice_changes_nothing_about_the_words(text: str) -> None:
    assert words(normalise(text)) == words(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Как вернуть товар?", "ru"),
        ("How do I return it?", "en"),
        ("Не работает iPhone 15 Pro Max", "ru"),
        ("12345 ???", "und"),
        ("", "und"),
    ],
)
def test_the_script_tells_the_language(text: str, language: str) -> None:
    assert detect_language(text) == language
