"""Text is read whatever program wrote it, and what is no text is refused with a reason."""

import pytest

from supportbot.indexer.adapters.encodings import decode
from supportbot.indexer.domain.documents import UnreadableDocumentError

RUSSIAN = "Возврат товара\n\nВы можете вернуть товар в течение 30 дней — «без объяснений». Ёлки, Юг, ЩИ И БОРЩ."
WITHOUT_SIGNS = RUSSIAN.replace("—", "-").replace("«", '"').replace("»", '"')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_form_of_unicode_is_read(encoding: str) -> None:
    decoded = decode(RUSSIAN.encode(encoding))
    assert (decoded.text, decoded.warning) == (RUSSIAN, "")


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
@pytest.mark.parametrize("text", [WITHOUT_SIGNS, "ДОСТАВКА И ОПЛАТА", "Привет, как дела", "Цена: 390 р."])
def test_russian_code_pages_are_told_apart(encoding: str, text: str) -> None:
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.encoding) == (text, encoding)


def test_accents_and_curly_quotes_in_latin_text_are_not_taken_for_russian() -> None:
    assert decode("It’s a café — naïve".encode("cp1252")).text == "It’s a café — naïve"


def test_an_encoding_that_the_file_names_is_used() -> None:
    assert decode("Grüße".encode("iso-8859-1"), "iso-8859-1").text == "Grüße"


def test_an_encoding_that_does_not_exist_is_ignored() -> None:
    assert decode(WITHOUT_SIGNS.encode("cp1251"), "no-such-thing").text == WITHOUT_SIGNS


def test_one_broken_byte_is_replaced_with_a_warning() -> None:
    decoded = decode(RUSSIAN.encode() + b"\xff end")
    assert decoded.text == RUSSIAN + "\ufffd end"
    assert "1 places" in decoded.warning


def test_lines_of_different_encodings_are_each_read_and_named() -> None:
    decoded = decode(RUSSIAN.encode() + b"\n" + WITHOUT_SIGNS.encode("cp1251"))
    assert decoded.text == RUSSIAN + "\n" + WITHOUT_SIGNS
    assert "UTF-8" in decoded.warning
    assert "cp1251" in decoded.warning


def test_a_letter_cut_in_half_at_the_end_costs_only_itself() -> None:
    assert decode(RUSSIAN.encode() + "я".encode()[:1]).text == RUSSIAN + "\ufffd"


def test_a_stray_nul_is_left_out_with_a_warning() -> None:
    decoded = decode(b"You have 30\0days to return it. " * 20 + b"\0")
    assert "\0" not in decoded.text
    assert decoded.text.startswith("You have 30 days")
    assert decoded.warning


@pytest.mark.parametrize("content", [b"", b" \r\n\t", b"\0\0\0", "\ufeff\n".encode()])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableDocumentError, match="empty"):
        decode(content)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 text", "a PDF"),
        (b"PK\x03\x04 word/document.xml", "ZIP or Office"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\x7fELF\x02", "a program"),
        (bytes(range(256)) * 8, "not text"),
    ],
)
def test_what_is_no_text_is_refused_with_what_it_is(content: bytes, kind: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=kind):
        decode(content)
