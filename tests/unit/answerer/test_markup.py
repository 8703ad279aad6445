"""A model's HTML and Markdown become plain text; where links lead stays to be seen and checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.answerer.domain.markup import plain


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("<p>You have <b>30 days</b>.</p>", "You have 30 days."),
        ("You have **30 days**.", "You have 30 days."),
        ("# You have 30 days", "You have 30 days"),
        ("> You have 30 days", "You have 30 days"),
        ("```text\nYou have 30 days\n```", "You have 30 days"),
        ("- You have 30 days", "- You have 30 days"),
        ("See [the page](https://a.example/x).", "See the page (https://a.example/x)."),
        ("See <https://a.example/x>.", "See https://a.example/x."),
        ("![x](https://evil.example/p.png?q=1)You have 30 days.", "xYou have 30 days."),
        ("<script>alert(1)</script>You have 30 days.<!-- hidden -->", "You have 30 days."),
        ("&lt;img src=x onerror=alert(1)&gt;You have 30 days.", "You have 30 days."),
        ("5 &lt; 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("One<br>two\n\nthree", "One two three"),
        ("<script>never closed", ""),
        ("2 * 3 * 4 = 24, snake_case_name", "2 * 3 * 4 = 24, snake_case_name"),
    ],
)
def test_marks_are_gone_and_words_stay(written: str, said: str) -> None:
    assert plain(written) == said


@given(st.text(max_size=200))
def test_whatever_is_written_no_tag_is_left(text: str) -> None:
    assert "<script" not in plain(f"{text}<script>{text}").lower()


@given(st.text(alphabet="<>ab!/-", max_size=40))
def test_it_never_fails(text: str) -> None:
    plain(text)
