"""Telegram's HTML and long texts in pieces: nothing that Telegram would refuse, nothing lost."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from supportbot.gateway.domain.formatting import (
    html_of_reply,
    html_of_typed,
    is_blank,
    plain_of_reply,
    shorten,
    split_text,
    utf16_units,
)
from supportbot.gateway.domain.messages import Letter, compose, pieces_of
from tests.fakes.telegram.formatting import formatted_text
from tests.fakes.telegram.params import Params

WORDS = st.sampled_from(
    [
        *("word", "слово", "🙂", "👩‍👩‍👧", "**bold**", "`code`", "<b>", "&amp;", "&", "[1]", "- item", "1. one"),
        *("\n", "\n\n"),
        *("https://a.example/x?y=1&z=<2>", "…", "«да».", "\u200f", "\u200b", "\x00", "\ud83d", "e\u0301"),
        *("**", "`", "* *"),
        "x" * 300,
    ]
)
TEXTS = st.lists(WORDS | st.text(max_size=20), max_size=40).map(" ".join)
CITATIONS = [
    {"title": "Returns & <refunds>", "headings": ["How long", "🙂" * 300], "source": 'https://a.example/?q="<>&'},
    {"title": "", "document": "en/returns.md", "headings": [], "source": "https://a.example/returns?x=1&y=2"},
    {"title": "x" * 1000, "headings": ["\ud800\x00"], "source": "javascript:alert(1)"},
]


def letter(body: str, **values: object) -> Letter:
    details = {"kind": "answer", "language": "en", "confidence": 0.9, "citations": CITATIONS}
    given: dict[str, object] = {
        "reply_key": "01a20b36-620a-7c23-a336-e105146ced75:12:3",
        "author": "machine",
        "author_name": "",
        "details": details,
        "is_repeat": False,
        "is_last": True,
        **values,
    }
    return Letter(body=body, **given)  # type: ignore[arg-type]  # as above


def accepted(html: str) -> str:
    """What people see; raises where Telegram would refuse it."""
    return formatted_text(Params({"text": html, "parse_mode": "HTML"})).text


def test_light_markdown_becomes_html() -> None:
    source = "**Yes.** Use `code <x>` & wait [1]:\n- one\n2) two\n\nhttps://a.example/?a=1&b=2"
    assert html_of_reply(source) == (
        "<b>Yes.</b> Use <code>code &lt;x&gt;</code> &amp; wait [1]:\n• one\n2. two\n\nhttps://a.example/?a=1&amp;b=2"
    )


def test_what_a_person_typed_has_no_markup() -> None:
    assert html_of_typed("**not bold** <b>") == "**not bold** &lt;b&gt;"


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.booleans(), st.sampled_from(["machine", "person", "staff_notice"]))
@example("", False, "machine")
@example("** **", False, "machine")
@example("` `**\u200b**", True, "machine")
def test_telegram_accepts_every_message_and_shows_what_was_meant(body: str, is_repeat: bool, author: str) -> None:
    pieces = pieces_of(letter(body, author=author, author_name="<Анна> 🙂\ud83d", is_repeat=is_repeat))
    for number, piece in enumerate(pieces, start=1):
        whole = letter(
            piece, author=author, author_name="<Анна> 🙂\ud83d", is_repeat=is_repeat, is_last=number == len(pieces)
        )
        message = compose(whole)
        shown = accepted(message.html)
        assert utf16_units(shown) <= 4096
        assert "".join(shown.split()) == "".join(message.plain.replace("\r", "").split())
        accepted_plain = formatted_text(Params({"text": message.plain}))
        assert accepted_plain.text


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(min_value=20, max_value=200))
def test_pieces_fit_and_lose_nothing_but_white_space(text: str, limit: int) -> None:
    text = text.replace("\ud83d", "").replace("\x00", "")
    pieces = split_text(text, limit)
    assert all(utf16_units(piece) <= limit for piece in pieces)
    kept = "".join("".join(pieces).split())
    assert _visible(kept) == _visible("".join(text.split()))


@pytest.mark.parametrize("limit", [4095, 4096, 4097])
def test_an_emoji_at_the_border_stays_whole(limit: int) -> None:
    pieces = split_text("x" * 4095 + "🙂" + "y" * 10, limit)
    assert "".join(pieces) == "x" * 4095 + "🙂" + "y" * 10
    assert all(utf16_units(piece) <= limit for piece in pieces)


def test_texts_are_cut_where_a_paragraph_ends_then_a_sentence_then_a_word() -> None:
    assert split_text("Another paragraph.\n\nThree four. Five six.", 30)[0] == "Another paragraph."
    assert split_text("First sentence here. Second one is longer", 30)[0] == "First sentence here."
    assert split_text("some words without an end", 12) == ["some words", "without an", "end"]


def test_joined_emoji_are_not_torn_apart() -> None:
    family = "👩‍👩‍👧"
    for piece in split_text(family * 20, 21):
        assert not piece.startswith("\u200d")
        assert not piece.endswith("\u200d")


def test_only_the_last_piece_has_sources_certainty_and_buttons() -> None:
    pieces = pieces_of(letter("A sentence of some length. " * 400))
    messages = [compose(letter(p, is_last=n == len(pieces))) for n, p in enumerate(pieces, start=1)]
    assert len(messages) > 2
    assert [bool(message.buttons) for message in messages] == [False] * (len(messages) - 1) + [True]
    assert ["Sources:" in message.plain for message in messages] == [False] * (len(messages) - 1) + [True]


def test_a_reply_that_fits_is_left_as_it_is() -> None:
    assert pieces_of(letter("  As it is ")) == ["  As it is "]


def test_sources_link_only_to_addresses_of_the_web() -> None:
    shown = compose(letter("Yes")).html
    assert re.findall(r'href="([^"]*)"', shown) == ["https://a.example/returns?x=1&amp;y=2"]


def test_a_place_that_several_sources_share_is_named_once() -> None:
    same, other = {"title": "Delivery", "headings": ["When"]}, {"title": "Returns"}
    details = {"kind": "answer", "language": "en", "confidence": 0.9}
    one = compose(letter("Yes", details={**details, "citations": [same, same]})).plain
    assert "Sources:\n1. Delivery › When\n\n" in one
    several = compose(letter("Yes", details={**details, "citations": [same, other, same]})).plain
    assert "Sources:\n1, 3. Delivery › When\n2. Returns\n\n" in several


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"confidence": 0.95}, "I am sure of this"),
        ({"confidence": 0.75}, "fairly sure"),
        ({"confidence": 0.75, "caveat": True}, "check this"),
        ({}, "check this"),
    ],
)
def test_certainty_is_told_in_words(details: dict[str, object], words: str) -> None:
    assert words in compose(letter("Yes", details={"kind": "answer", "language": "en", **details})).plain


def test_a_note_has_neither_sources_nor_certainty() -> None:
    message = compose(letter("Hello", details={"kind": "note", "language": "ru"}))
    assert message.plain == "Hello"
    assert [[button.text for button in row] for row in message.buttons] == [["Позвать сотрудника"]]


def test_a_persons_reply_says_who_wrote_it() -> None:
    message = compose(letter("Hello", author="person", author_name="Anna", details={"kind": "operator"}))
    assert message.plain == "Anna\nHello"
    assert message.html == "<b>Anna</b>\nHello"


def test_button_data_is_within_telegrams_limit() -> None:
    key = "01a20b36-620a-7c23-a336-e105146ced75:999999:12:repeat"
    data = [button.data for row in compose(letter("x", reply_key=key)).buttons for button in row]
    assert data
    assert all(len(one.encode()) <= 64 for one in data)


def test_shortened_texts_say_so() -> None:
    assert shorten("🙂🙂🙂", 5) == "🙂🙂…"
    assert shorten("abc", 3) == "abc"


def test_plain_text_is_what_the_html_shows() -> None:
    assert plain_of_reply("**a** `b` <i> &lt;") == "a b <i> &lt;"


def _visible(text: str) -> str:
    return "".join(character for character in text if not is_blank(character))
