"""Whatever the bytes of a document are: it is read, or refused; passages hold all of a text and keep to bounds."""

import contextlib
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.vectors import encode_passage
from supportbot.common.plain_text import clean_text
from supportbot.indexer.adapters.encodings import decode
from supportbot.indexer.adapters.formats import read_document
from supportbot.indexer.adapters.reading import pack, unpack
from supportbot.indexer.domain.chunking import chunk_document, chunk_parsed
from supportbot.indexer.domain.documents import UnreadableDocumentError
from supportbot.indexer.domain.outline import LONGEST_HEADING
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.splitting import LONGEST
from supportbot.indexer.ports import ReadDocument
from tests.fuzz.examples import ANY_TEXT, TEXTS, fuzzed

DOCUMENT = DocumentId("guide.md")
ENDINGS = st.sampled_from([".md", ".txt", ".html", ".xhtml"])
ENCODINGS = st.sampled_from(
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251", "koi8-r", "cp866"]
)
TAGS = """<p> </p> <div> </div> <ul><li> <ol> </li> </ol> <table><tr><td> <th> </table> <h1> </h1> <h6> <pre> </pre>
    <br> <details><summary> <dl><dt> <dd> <main> </main> <article> <nav> <a> <script> </script> <style> <svg> <title>
    <base> <template> <![CDATA[ ]]> <!DOCTYPE <!ENTITY <?xml?> <meta> <html> <body> </body>
    <select><option> <noscript>""".split()
PAGES = st.lists(st.sampled_from(TAGS) | TEXTS, max_size=60).map("".join)
BYTES = st.one_of(
    st.binary(max_size=400),
    st.builds(lambda text, encoding: text.encode(encoding, "replace"), ANY_TEXT | PAGES, ENCODINGS),
    st.builds(
        lambda text, encoding, at, junk: (whole := text.encode(encoding, "replace"))[:at] + junk + whole[at:],
        ANY_TEXT | PAGES, ENCODINGS, st.integers(0, 100), st.binary(max_size=6),
    ),
)  # fmt: skip


def check(parsed: ParsedDocument) -> None:
    """A document that was read can be cut, stored, and found again."""
    assert parsed.title.strip()
    passages = chunk_parsed(DOCUMENT, parsed)
    assert passages
    assert len({passage.chunk_id for passage in passages}) == len(passages)
    for passage in passages:
        assert 0 < len(passage.text) <= LONGEST
        assert all(0 < len(heading) <= LONGEST_HEADING for heading in passage.headings)
        "".join([passage.title, passage.source, passage.text, *passage.headings]).encode()
        encode_passage(passage)
    read = ReadDocument(parsed.title, "1", 1, tuple(passages), " ".join(parsed.warnings))
    assert unpack(pack(read)) == read


@fuzzed
@given(BYTES, ENDINGS)
@example(b"\xff\xfe" + "Half a pair".encode("utf-16-le")[:-1], ".txt")
@example(b"\xff\xfe\x00\xd8a\x00", ".md")
@example(b"---\ntitle: \xed\xa0\xbd\n---\nText", ".md")
@example(b"<title>&#55357;</title><p>x&#0;&#xD83D;&#x110000;", ".html")
@example(b'<!DOCTYPE r [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><p>word &c;</p>', ".xhtml")
@example(b"# \x00\n\nword", ".md")
def test_any_bytes(content: bytes, ending: str) -> None:
    try:
        parsed = read_document(f"folder/name{ending}", content)
    except UnreadableDocumentError:
        return
    check(parsed)


@fuzzed
@given(ANY_TEXT)
@example("- item\n" + "more\n" * 6000)
@example("\x1c\x1d\x85 word")
def test_all_of_a_plain_text_is_in_its_passages(text: str) -> None:
    text = clean_text(text)  # decoding a file leaves no half characters
    underlined = re.search(r"^(?:={3,}|-{3,}|~{3,})\s*$", text, re.MULTILINE)
    passages = chunk_document(DOCUMENT, "Title", text)
    assert all(0 < len(passage.text) <= LONGEST for passage in passages)
    assert underlined or bare("".join(passage.text for passage in passages)) == bare(text)


@fuzzed
@given(TEXTS.filter(lambda text: text.isprintable()), ENCODINGS)
@example("शब्द", "utf-8")
def test_a_text_comes_out_of_every_encoding_that_can_hold_it(text: str, encoding: str) -> None:
    text = f"Возврат товара в течение тридцати дней. {text} Спасибо за покупку!"
    with contextlib.suppress(UnicodeEncodeError, UnreadableDocumentError):  # refused: UTF-16 of rare letters, unmarked
        assert decode(text.encode(encoding)).text == text


@fuzzed
@given(PAGES)
def test_what_scripts_say_is_never_read(page: str) -> None:
    content = f"<p>word</p><script>evil()</script>{page}".encode("utf-8", "replace")
    try:
        parsed = read_document("a.html", content)
    except UnreadableDocumentError:
        return
    said = "".join(block.text for section in parsed.sections for block in section.blocks)
    assert "evil()" not in said


def bare(text: str) -> str:
    return "".join(text.split())


HOSTILE = {
    "one line": "x" * 100_000,
    "blanks before a word": " " * 99_000 + "x",
    "blanks and line ends": "\n " * 50_000 + "x",
    "one item of many lines": "- item\n" + "more\n" * 20_000,
    "dashes": "-" * 100_000,
    "rows": "|a" * 50_000,
    "marks": "*a " * 33_000,
    "open brackets": "[" * 100_000,
    "quotes in quotes": ">" * 100_000 + "a",
    "tags": "<a " * 33_000,
    "open tags": "<ul><li>" * 12_500 + "x",
    "links": "<a href=x>word</a> " * 5000,
    "comments": "<!-- " * 20_000,
    "underlines": "a\n===\n" * 16_000,
    "definitions": "[a]: b\n" * 14_000,
    "entities": "&amp;" * 20_000,
}


@pytest.mark.parametrize("ending", [".md", ".txt", ".html"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_that_are_read_beside_the_answers_end(name: str, ending: str) -> None:
    """What took quadratic time would run into the time limit of the tests: minutes, in which nobody is answered."""
    text = clean_text(HOSTILE[name])
    try:
        check(read_document(f"a{ending}", f"Kept words.\n\n{text}".encode()))
    except UnreadableDocumentError:
        return
