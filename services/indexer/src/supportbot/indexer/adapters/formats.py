"""Which reader a file gets, by the end of its name, and what can be said about a file before it is read.

Everything but plain text is imported where it is used: the readers of Office files and PDF take memory, which only the
reading process may spend.
"""

from collections.abc import Callable
from typing import Final

from supportbot.common.files.kinds import DOCUMENT_ENDINGS, TEXT_ENDINGS
from supportbot.indexer.adapters.text import read_plain_text
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.refusals import refusal

MOST_TEXT: Final = 20_000_000
"""Characters of a document; a file that unpacks to more is no document for people."""
_MILLION: Final = 1_000_000


def _markdown(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.markdown import read_markdown

    return read_markdown(path, content)


def _html(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.html import read_html

    return read_html(path, content)


def _pdf(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.pdf import read_pdf

    return read_pdf(path, content)


def _word(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.word import read_word

    return read_word(path, content)


def _slides(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.slides import read_slides

    return read_slides(path, content)


def _workbook(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.sheets import read_workbook

    return read_workbook(path, content)


def _odt(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.books import read_odt

    return read_odt(path, content)


def _rtf(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.books import read_rtf

    return read_rtf(path, content)


def _epub(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.books import read_epub

    return read_epub(path, content)


def _csv(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.records import read_csv

    return read_csv(path, content)


def _json(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.records import read_json

    return read_json(path, content)


def _json_lines(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.records import read_json_lines

    return read_json_lines(path, content)


def _mail(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.mail import read_mail

    return read_mail(path, content, read_document)


def _outlook(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.outlook import read_outlook

    return read_outlook(path, content, read_document)


def _archive(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.readers.bundles import read_archive

    return read_archive(path, content, read_document)


_READERS: Final[dict[str, Callable[[str, bytes], ParsedDocument]]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".mdown": _markdown,
    ".txt": read_plain_text,
    ".text": read_plain_text,
    ".html": _html,
    ".htm": _html,
    ".xhtml": _html,
    ".pdf": _pdf,
    ".docx": _word,
    ".docm": _word,
    ".pptx": _slides,
    ".pptm": _slides,
    ".xlsx": _workbook,
    ".xlsm": _workbook,
    ".odt": _odt,
    ".rtf": _rtf,
    ".epub": _epub,
    ".csv": _csv,
    ".tsv": _csv,
    ".json": _json,
    ".jsonl": _json_lines,
    ".eml": _mail,
    ".msg": _outlook,
    ".zip": _archive,
}


def is_text(path: str) -> bool:
    """Whether reading a small file of this name is quick and takes nothing but text apart."""
    return path.lower().endswith(TEXT_ENDINGS)


def read_document(path: str, content: bytes) -> ParsedDocument:
    """The document in a file.

    Raises:
        UnreadableDocumentError: it is empty, not what its name says, or holds no words.
    """
    ending = next((ending for ending in _READERS if path.lower().endswith(ending)), None)
    if ending is None:
        raise refusal("kind", kinds=", ".join(DOCUMENT_ENDINGS))
    if not content:
        raise refusal("empty")
    parsed = _READERS[ending](path, content)
    if sum(len(block.text) for section in parsed.sections for block in section.blocks) > MOST_TEXT:
        raise refusal("too_much_text", limit=MOST_TEXT // _MILLION)
    if not any(letter.isalnum() for letter in _letters(parsed)):
        raise refusal("no_words")
    return parsed


def _letters(parsed: ParsedDocument) -> str:
    return "".join("".join([*section.headings, *(b.text for b in section.blocks)]) for section in parsed.sections)
