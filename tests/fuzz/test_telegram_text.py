"""Whatever an answer holds, Telegram takes every message that it becomes, and its reader loses nothing but markup."""

import unicodedata

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from supportbot.common.plain_text import clean_text
from supportbot.gateway.domain.acts import TelegramMessage
from supportbot.gateway.domain.buttons import MAX_DATA_BYTES, read_press
from supportbot.gateway.domain.formatting import MESSAGE_UNITS, is_blank, split_text, utf16_units
from supportbot.gateway.domain.graphemes import is_border
from supportbot.gateway.domain.messages import Letter, compose, pieces_of
from tests.fakes.telegram.formatting import formatted_text
from tests.fakes.telegram.params import Params
from tests.fuzz.examples import ANY_TEXT, FAMILY, GRAPHEMES, TEXTS, fuzzed

KEY = "01a20b36-620a-7c23-a336-e105146ced75:12:3"
AUTHORS = st.sampled_from(["machine", "person", "staff_notice"])
CITATIONS = st.lists(
    st.fixed_dictionaries({"title": TEXTS, "headings": st.lists(TEXTS, max_size=3), "source": TEXTS}), max_size=7
)
DETAILS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["answer", "note", "operator", "slow_down", ""]),
        "language": st.sampled_from(["en", "ru", "und", ""]),
        "confidence": st.sampled_from([0.0, 0.75, 0.95, None]),
        "citations": CITATIONS,
    }
)
LETTERS = st.builds(
    Letter,
    reply_key=st.just(KEY),
    author=AUTHORS,
    author_name=TEXTS,
    body=ANY_TEXT,
    details=DETAILS,
    is_repeat=st.booleans(),
    is_last=st.just(True),
)


def letter(body: str, author: str = "machine", kind: str = "note") -> Letter:
    return Letter(KEY, author, "", body, {"kind": kind, "language": "en"}, is_repeat=False, is_last=True)


def messages_of(whole: Letter) -> list[TelegramMessage]:
    """The messages as the sender makes them: each piece is a letter of its own."""
    pieces = pieces_of(whole)
    last = len(pieces) - 1
    return [
        compose(
            Letter(
                whole.reply_key,
                whole.author,
                whole.author_name,
                piece,
                whole.details,
                is_repeat=whole.is_repeat,
                is_last=number == last,
            )
        )
        for number, piece in enumerate(pieces)
    ]


def shown(message: TelegramMessage) -> str:
    """What people see; raises where Telegram would refuse it."""
    return formatted_text(Params({"text": message.html, "parse_mode": "HTML"})).text


@fuzzed
@given(LETTERS)
@example(letter("|" * 3796))
@example(letter("|a" * 1800 + "|"))
@example(letter("|---|"))
@example(letter("--"))
@example(letter(FAMILY * 2000))
def test_telegram_takes_every_message(whole: Letter) -> None:
    for message in messages_of(whole):
        text = shown(message)
        assert 0 < utf16_units(text) <= MESSAGE_UNITS
        assert "".join(text.split()) == "".join(message.plain.split())
        assert utf16_units(formatted_text(Params({"text": message.plain})).text) <= MESSAGE_UNITS
        data = [button.data for row in message.buttons for button in row]
        assert all(read_press(one) and len(one.encode()) <= MAX_DATA_BYTES for one in data)


@fuzzed
@given(ANY_TEXT)
@example("--force deletes it\n-- Anna")
@example("| --a | b |\n|---|---|\n| c | d |")
def test_every_letter_of_an_answer_reaches_its_reader(body: str) -> None:
    arrived = "".join(message.plain for message in messages_of(letter(body)))
    assert letters(body) in {"", letters(arrived)}


@fuzzed
@given(ANY_TEXT)
@example("\u200b" + "x" * 5000 + " \u200b\u200b")
def test_what_a_person_typed_arrives_word_for_word(body: str) -> None:
    arrived = [message.plain for message in messages_of(letter(body, "staff_notice"))]
    if not is_blank(clean_text(body)):
        assert seen("".join(arrived)) == seen(clean_text(body))


def letters(text: str) -> str:
    """The letters of a text; the numbers of lists are written anew."""
    return "".join(character for character in text if character.isalpha())


def seen(text: str) -> str:
    """A text without what nobody sees, which may fall away where it is cut."""
    return "".join(character for character in text if not is_blank(character))


@fuzzed
@given(st.lists(GRAPHEMES, min_size=30, max_size=300).map("".join), st.integers(60, 200))
@example(FAMILY * 100, 64)
@example("🇷🇺" * 200, 63)
@example(("e" + "\u0301" * 30) * 20, 100)
def test_a_cut_tears_no_character_apart(text: str, limit: int) -> None:
    whole = regex.findall(r"\X", text)
    parts = [part for piece in split_text(text, limit) for part in regex.findall(r"\X", piece)]
    assert parts == whole


@fuzzed
@given(ANY_TEXT)
def test_borders_of_characters_are_where_unicode_has_them(text: str) -> None:
    places = [match.end() for match in regex.finditer(r"\X", text)]
    ours = [place for place in range(1, len(text) + 1) if is_border(text, place)]
    assert set(ours) - set(places) == set() or has_rare_rule(text)


def has_rare_rule(text: str) -> bool:
    """Whether a rule counts that Unicode bases on tables which Python lacks: prefixed signs, and newer characters."""
    return any(regex.match(r"[\p{GCB=Prepend}\p{Cn}]", character) for character in text)


SENTENCES = [f"Sentence number {number} says something of use." for number in range(200)]


@pytest.mark.parametrize("between", [" ", "\n", "\n\n", "  \n"])
def test_texts_are_cut_between_sentences(between: str) -> None:
    pieces = split_text(between.join(SENTENCES), 500)
    assert all(piece.endswith(".") and piece.startswith("Sentence") for piece in pieces)
    assert not any(unicodedata.category(piece[0]).startswith("Z") for piece in pieces)
