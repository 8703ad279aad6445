"""What people send is stored whole where it can be, and counts as nothing where it shows nothing."""

import pytest

from supportbot.common.plain_text import clean_text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "\0",
        "\u200b\u2060\ufeff",
        "\u200b \u200d\n",
        "\u00ad",
        "\u3164",
        "\u2800",
        "\ufe0f",
        "\u202e\u2028",
    ],
)
def test_what_shows_nothing_is_empty(text: str) -> None:
    assert clean_text(text) == ""


@pytest.mark.parametrize("text", ["?", "\u2764\ufe0f", "\U0001f468\u200d\U0001f469", "нет\u200bсвета", "می\u200cخواهم"])
def test_what_shows_something_keeps_its_unseen_characters(text: str) -> None:
    assert clean_text(text) == text


def test_nul_half_characters_and_line_ends_are_made_plain() -> None:
    assert clean_text(" a\0b\r\nc\rd\ud83d ") == "ab\nc\nd\ufffd"
