"""Misspelt words are taken for the words that the documents have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.answerer.domain.spelling import correct, one_slip_apart


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("delivrey", "delivery"),
        ("delvery", "delivery"),
        ("deliveryy", "delivery"),
        ("delifery", "delivery"),
        ("xa", "ax"),
    ],
)
def test_one_slip_is_seen(one: str, other: str) -> None:
    assert one_slip_apart(one, other)
    assert one_slip_apart(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("same", "same"), ("delivery", "recovery"), ("abcd", "badc"), ("abc", "abcde")]
)
def test_more_than_one_slip_or_none_is_not(one: str, other: str) -> None:
    assert not one_slip_apart(one, other)


def test_the_best_text_is_looked_at_first() -> None:
    assert correct(["парол"], ["забыли пароль", "паром"]) == {"парол": "пароль"}


def test_a_word_in_the_letters_of_the_other_language_is_heard() -> None:
    assert correct(["vernut", "норман"], ["вернуть товар", "norman"]) == {"vernut": "вернуть", "норман": "norman"}
    assert correct(["мельница"], ["мелница мельницца"]) == {"мельница": "мелница"}


@pytest.mark.parametrize("other", ["saint", "point", "print", "pants"])
def test_a_short_word_of_its_own_is_no_slip(other: str) -> None:
    assert correct(["paint"], [other]) == {}


@pytest.mark.parametrize(("word", "other"), [("lighter", "fighter"), ("fasting", "fasming"), ("лампочка", "лабпочка")])
def test_a_letter_that_nobody_mistakes_makes_another_word(word: str, other: str) -> None:
    assert correct([word], [other]) == {}


@pytest.mark.parametrize(
    ("word", "meant"), [("delifery", "delivery"), ("returm", "return"), ("вазврат", "возврат"), ("покепка", "покупка")]
)
def test_a_letter_beside_the_right_one_or_that_sounds_like_it_is_a_slip(word: str, meant: str) -> None:
    assert correct([word], [meant]) == {word: meant}


def test_a_letter_before_a_short_word_makes_another_one() -> None:
    assert correct(["iphone", "ebook"], ["a phone book"]) == {}
    assert correct(["elivery"], ["delivery"]) == {"elivery": "delivery"}


def test_short_words_and_numbers_are_left_alone() -> None:
    assert correct(["cat", "12345"], ["cats car 12346"]) == {}


@given(st.text(min_size=2, alphabet="abcd"), st.data())
def test_any_single_slip_is_seen(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 2))
    dropped = word[:place] + word[place + 1 :]
    swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    assert one_slip_apart(word, dropped)
    assert swapped == word or one_slip_apart(word, swapped)
