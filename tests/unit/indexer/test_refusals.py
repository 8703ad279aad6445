"""Every way in which a document can be wrong ends in one state, told in English and in Russian."""

import json
from pathlib import Path

import pytest

from supportbot.common.files.refusals import REFUSED, WARNING, code_of, told
from supportbot.common.i18n import keys, translate
from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters.readers import recognition
from supportbot.indexer.adapters.readers.pdf import read_pdf
from supportbot.indexer.adapters.reading import FileReader
from supportbot.indexer.domain.documents import UnreadableDocumentError
from tests.documents.office import archive, docx, words, xlsx
from tests.documents.outlook import compound, msg
from tests.documents.pdf import Page, pdf

MEGABYTE = 1024**2
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


def bomb(entities: str, text: str) -> bytes:
    body = f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    return archive({"word/document.xml": f"<!DOCTYPE r [{entities}]>{body}"})


STATES: dict[str, tuple[str, bytes, str]] = {
    "nothing": ("a.pdf", b"", "empty"),
    "a PDF behind a password": ("a.pdf", pdf(Page(["Words"]), locked=True), "encrypted_pdf"),
    "half a PDF": ("a.pdf", pdf(Page(["Words"]))[:400], "damaged"),
    "a PDF without words": ("a.pdf", pdf(Page(())), "no_words"),
    "a PDF of very many pages": ("a.pdf", pdf(*[Page(())] * 3_001), "too_many_pages"),
    "words that are called PDF": ("a.pdf", b"just words", "not_that_kind"),
    "a DOCX that is called PDF": ("a.pdf", docx(words("Words")), "other_kind"),
    "a PDF that is called DOCX": ("a.docx", pdf(Page(["Words"])), "other_kind"),
    "a DOCX that is called XLSX": ("a.xlsx", docx(words("Words")), "not_that_kind"),
    "a DOCX behind a password": ("a.docx", OLD_OFFICE, "encrypted_office"),
    "half a DOCX": ("a.docx", docx(words("Words"))[:500], "damaged"),
    "half an XLSX": ("a.xlsx", xlsx({"a": [["b", "c"]]})[:500], "damaged"),
    "a DOCX that unpacks to very much": ("a.docx", archive({"word/document.xml": b" " * 101 * MEGABYTE}), "expands"),
    "a billion laughs": ("a.docx", bomb('<!ENTITY l0 "ha">' + LAUGHS, "&l9;"), "damaged"),
    "an archive that unpacks to very much": (
        "a.zip",
        archive({f"{n}.md": b"a" * MEGABYTE for n in range(101)}),
        "expands",
    ),
    "an archive of very many files": ("a.zip", archive({f"{n}.md": b"# a" for n in range(1_001)}), "too_many_files"),
    "an archive that leads out of itself": ("a.zip", archive({"../../a.md": b"# a"}), "nothing_inside"),
    "an archive in an archive": ("a.zip", archive({"a.zip": archive({"a.md": b"# a"})}), "nothing_inside"),
    "an archive of unreadable files": ("a.zip", archive({"a.pdf": b"words"}), "nothing_inside"),
    "text that is called RTF": ("a.rtf", b"words", "not_that_kind"),
    "a picture that is called CSV": ("a.csv", b"\x89PNG\r\n" + bytes(range(256)), "other_kind"),
    "noise that is called CSV": ("a.csv", bytes(range(256)) * 10, "not_text"),
    "JSON that breaks off": ("a.json", b'[{"question": "a"', "bad_json"),
    "JSON of another kind": ("a.json", b"[1, 2, 3]", "no_records"),
    "lists 100,000 deep": ("a.json", b"[" * 100_000, "no_records"),
    "a picture that is called a message": ("a.eml", b"\x89PNG\r\n", "other_kind"),
    "words that are called a message of Outlook": ("a.msg", b"Subject: a", "not_that_kind"),
    "an old Office file that is called a message": (
        "a.msg",
        compound([("WordDocument", b"words")], {}),
        "not_that_kind",
    ),
    "half a message of Outlook": ("a.msg", msg("Returns", "Thirty days." * 900)[:1_000], "damaged"),
    "a message without words": ("a.eml", b"Subject: \r\n\r\n", "nothing_inside"),
}


@pytest.mark.parametrize("name", STATES)
async def test_each_ends_in_its_state_in_both_languages(tmp_path: Path, name: str) -> None:
    called, content, code = STATES[name]
    path = tmp_path / called
    path.write_bytes(content)
    with pytest.raises(UnreadableDocumentError) as refused:
        await FileReader(100 * MEGABYTE).read(DocumentId(called), path, isolated=False)
    text = str(refused.value)
    assert code_of(text) == code
    assert told(text, "en") == text
    assert told(text, "ru") != text
    assert "{" not in told(text, "ru")


async def test_external_entities_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret word", encoding="utf-8")
    path = tmp_path / "a.docx"
    path.write_bytes(bomb(f'<!ENTITY f SYSTEM "file://{tmp_path}/secret">', "Words &f;"))
    read = await FileReader(MEGABYTE).read(DocumentId("a.docx"), path, isolated=False)
    assert [passage.text for passage in read.passages] == ["Words"]


def test_a_scan_is_told_apart_where_nothing_recognises_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "languages", lambda: "")
    picture = Page((), bytes([200]) * 10_000, 100)
    with pytest.raises(UnreadableDocumentError) as refused:
        read_pdf("a.pdf", pdf(picture))
    assert code_of(str(refused.value)) == "scan"
    document = read_pdf("a.pdf", pdf(Page(["A page with many words on it, one after the other."]), picture, picture))
    assert told(" ".join(document.warnings), "ru").endswith("не установлена: 2–3.")


def test_several_warnings_are_told_in_russian_one_by_one() -> None:
    stored = " ".join(
        [translate(f"{WARNING}macros", "en"), translate(f"{WARNING}left_out", "en", names="a.png, b.zip"), "Of others."]
    )
    assert told(stored, "ru") == (
        "В нём есть макросы: они не запускались и не читались. Пропущено из него: a.png, b.zip. Of others."
    )


@pytest.mark.parametrize("key", sorted(key for key in keys("en") if key.startswith(REFUSED)))
def test_each_stored_refusal_is_found_again(key: str) -> None:
    values = dict.fromkeys(
        [
            "kind",
            "kinds",
            "address",
            "host",
            "reason",
            "limit",
            "seconds",
            "status",
            "attempts",
            "error",
            "pages",
            "files",
            "line",
        ],
        "7",
    )
    assert code_of(translate(key, "en", **values)) == key.removeprefix(REFUSED)
    assert told(translate(key, "en", **values), "ru") == translate(key, "ru", **values)


def test_what_is_not_ours_stays_as_it_is() -> None:
    assert (code_of(json.dumps({})), told("Something else", "ru")) == ("", "Something else")
