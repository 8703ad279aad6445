"""Where sentences begin and end, in Russian, in English and in Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.answerer.domain.sentences import split


def cut(text: str) -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in split(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Mr. Smith paid 3.5 dollars to the U.S. Army.", "He left."],
        ["He said: “Go.”", "Then he left!", "Really?", "Yes."],
        ["Доставка по ул. Ленина, д. 5 стоит 300 руб.", "Оплата картой."],
        ["Книгу написал А. С. Пушкин.", "Она вышла в 1830 г.", "Её любят."],
        ["Мы работаем с пн. по пт., т. е. пять дней.", "Звоните."],
        ["Подождите…", "Готово?!", "Да."],
        ["Open example.com/help. it is lower case, so one sentence.", "Next."],
        ["«Вернуть товар?»", "Да."],
        ["It costs 5 USD.", "10 items fit."],
    ],
)
def test_a_paragraph_is_cut_where_a_reader_would(sentences: list[str]) -> None:
    assert cut(" ".join(sentences)) == sentences


def test_lines_of_a_paragraph_belong_together() -> None:
    assert cut("One sentence\nover two lines. Another.") == ["One sentence\nover two lines.", "Another."]


def test_items_of_a_list_stay_whole_and_share_a_block() -> None:
    text = "To return:\n\n1. Open it. Wait.\n2. Press ok.\n   More of it.\n\nDone."
    found = split(text)
    assert [sentence.kind for sentence in found] == ["sentence", "item", "item", "sentence"]
    assert cut(text)[1:3] == ["1. Open it. Wait.", "2. Press ok.\n   More of it."]
    assert found[1].block == found[2].block != found[3].block


def test_rows_of_a_table_are_told_from_its_rule() -> None:
    text = "| Weight | Price |\n|---|---|\n| 1 kg | 300 |\n\nAfter."
    assert [(sentence.kind, sentence.block) for sentence in split(text)][:2] == [("row", 0), ("row", 0)]
    assert cut(text) == ["| Weight | Price |", "| 1 kg | 300 |", "After."]


def test_headings_are_told_from_text() -> None:
    assert [sentence.kind for sentence in split("# Returns\nWithin 14 days.")] == ["heading", "sentence"]


@given(st.text(alphabet=st.sampled_from("aБ1 .!?…\n\t|-#*:«»\"')(")) | st.text())
def test_nothing_but_blanks_and_rules_lies_outside_and_nothing_overlaps(text: str) -> None:
    end = 0
    for sentence in split(text):
        assert end <= sentence.start < sentence.end <= len(text)
        assert text[sentence.start : sentence.end] == text[sentence.start : sentence.end].strip()
        assert not any(letter.isalnum() for letter in _without_fences(text[end : sentence.start]))
        end = sentence.end
    assert not any(letter.isalnum() for letter in _without_fences(text[end:]))


def _without_fences(between: str) -> str:
    return "".join(line for line in between.splitlines() if not line.strip().startswith(("```", "~~~")))
