"""Quoted Markdown reads like text that a person wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.answerer.domain.reading import plain, readable
from supportbot.answerer.domain.sentences import split


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("Press **OK** and _wait_.", "Press OK and wait."),
        ("Open [your orders](/orders) now.", "Open your orders now."),
        ("See [the page](https://example.com/a).", "See the page (https://example.com/a)."),
        ("Write to [help@example.com](mailto:help@example.com).", "Write to help@example.com."),
        ("Use `code` and ``more``.", "Use code and more."),
        ("Send `Authorization: Bearer <key>` with **`*all*`**.", "Send Authorization: Bearer <key> with *all*."),
        ("![A picture](a.png) beside", "A picture beside"),
        ("One<br>two <!-- hidden --> three", "One two three"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("> quoted\n> twice", "quoted twice"),
        (r"1\. not a list", "1. not a list"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
    ],
)
def test_marks_are_gone_and_words_stay(markdown: str, text: str) -> None:
    assert plain(markdown) == text


def test_a_list_keeps_a_line_for_each_item() -> None:
    text = "To return:\n\n- **Open** it.\n- Press\n  ok."
    assert readable(text, split(text)) == "To return:\n• Open it.\n• Press ok."


def test_a_table_row_is_read_with_its_columns() -> None:
    text = "| Weight | Price |\n|---|---|\n| 1 kg | 300 ₽ |\n| 2 kg | |"
    assert readable(text, split(text)[1:]) == "1 kg — Price: 300 ₽\n2 kg"


def test_a_row_without_a_head_is_read_as_it_stands() -> None:
    text = "| 1 kg | 300 ₽ |"
    assert readable(text, split(text)) == "1 kg — 300 ₽"


@given(st.text(alphabet=st.sampled_from("ab *_`[]()!<>|\\#-\n.~")) | st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert "\n" not in plain(text)
    assert isinstance(readable(text, split(text)), str)


def test_a_table_that_was_indexed_as_a_list_reads_without_its_first_column() -> None:
    text = "- Way: Courier; Price: 390 ₽\n- Way: Pick-up; Price: free\n- Way: Post"
    assert readable(text, split(text)) == "• Courier — Price: 390 ₽\n• Pick-up — Price: free\n• Post"


def test_a_list_item_with_a_colon_is_no_table_row() -> None:
    text = "- Moscow: Lamp Lane, 8; open daily\n- Kazan: Cedar Square, 5"
    assert readable(text, split(text)) == "• Moscow: Lamp Lane, 8; open daily\n• Kazan: Cedar Square, 5"
