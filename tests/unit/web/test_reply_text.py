"""Replies' light Markdown becomes a structure that loses no text and holds no markup of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.common.web.quotes import mark_quotes, quotes_found, readable
from supportbot.common.web.reply_text import Block, Span, plain_blocks, read_reply


def kinds(text: str) -> list[tuple[str, str]]:
    return [(span.kind, span.text) for block in read_reply(text) for row in block.rows for span in row]


def test_paragraphs_lists_and_lines_are_told_apart() -> None:
    blocks = read_reply("Two ways:\n- by post\n- in a store\n\n3. Pay\n4. Wait\n\nOne\nTwo")
    assert [block.kind for block in blocks] == ["paragraph", "bullets", "numbers", "paragraph"]
    assert blocks[1] == Block("bullets", ((Span("text", "by post"),), (Span("text", "in a store"),)))
    assert blocks[2].start == 3
    assert Span("break", "") in blocks[3].rows[0]


def test_bold_code_links_and_source_numbers_are_found() -> None:
    found = kinds("See **this** and `that` at https://x.example/a(1). [2]")
    assert found == [
        ("text", "See "),
        ("strong", "this"),
        ("text", " and "),
        ("code", "that"),
        ("text", " at "),
        ("link", "https://x.example/a(1"),
        ("text", "). "),
        ("mark", "2"),
    ]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
def test_only_web_addresses_become_links(link: str) -> None:
    assert kinds(link) == [("text", link)]


def test_what_a_person_typed_is_not_read_as_markup() -> None:
    assert plain_blocks("**2** [1] - x") == [Block("paragraph", ((Span("text", "**2** [1] - x"),),))]


def test_a_table_becomes_lines() -> None:
    text = "| Paid by | Back to |\n|---|:-:|\n| Card | the card |"
    assert readable(text) == "Paid by · Back to\nCard · the card"
    assert "|" not in "".join(text for _kind, text in kinds(text))


@given(st.text(alphabet="ab*`[]1-. \n|<&", max_size=80))
def test_no_letter_is_lost(text: str) -> None:
    letters = [letter for letter in text if letter in "ab<&"]
    assert [letter for _kind, found in kinds(text) for letter in found if letter in "ab<&"] == letters


def test_quotes_are_marked_across_line_ends_and_in_their_order() -> None:
    pieces = mark_quotes("One.\nYou have\n30 days. Two. Three.", ["Three.", "You have 30 days."])
    assert pieces == (("One.\n", False), ("You have\n30 days.", True), (" Two. ", False), ("Three.", True))


def test_quotes_that_overlap_are_marked_once() -> None:
    assert mark_quotes("a b c d", ["a b c", "b c d"]) == (("a b c", True), (" d", True))


@pytest.mark.parametrize("quote", ["not in it", "(["])
def test_a_quote_that_is_not_there_stands_alone(quote: str) -> None:
    assert mark_quotes("One. Two.", [quote]) == ((quote, True),)
    assert quotes_found("One. Two.", [quote, "Two."]) == 1


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=8), max_size=3))
def test_the_pieces_together_are_the_passage(passage: str, quotes: list[str]) -> None:
    if quotes_found(passage, quotes):
        assert "".join(text for text, _quoted in mark_quotes(passage, quotes)) == readable(passage)
