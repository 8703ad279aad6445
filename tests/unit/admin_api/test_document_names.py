"""Names of uploaded documents: what is refused, and that nothing is mended behind the sender's back."""

import pytest

from supportbot.admin_api.documents.names import InvalidNameError, UnknownKindError, checked_name


@pytest.mark.parametrize("name", ["returns.md", "Возврат и обмен.md", "a b (1).TXT", "~x.html", ".hidden.md", "日.md"])
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert checked_name(name) == name


def test_one_spelling_of_a_letter_is_one_document() -> None:
    assert checked_name("cafe\u0301.md") == checked_name(" caf\u00e9.md ") == "caf\u00e9.md"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "../../etc/passwd.md",
        "a/b.md",
        "..\\windows.md",
        "nul\0.md",
        "line\nbreak.md",
        "bell\x07.md",
        "right\u202eleft.md",
        "x" * 297 + ".md",
        "half\udcff.md",
    ],
)
def test_a_path_or_what_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(InvalidNameError):
        checked_name(name)


@pytest.mark.parametrize("name", ["a.doc", "a.exe", "a", "md", "a.md.exe", ".."])
def test_a_kind_that_is_not_read_is_refused(name: str) -> None:
    with pytest.raises(UnknownKindError):
        checked_name(name)


def test_exactly_the_longest_name_is_taken() -> None:
    assert len(checked_name("x" * 252 + ".md")) == 255
    with pytest.raises(InvalidNameError):
        checked_name("x" * 253 + ".md")
