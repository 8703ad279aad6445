"""Texts of OpenDocument, RTF files and EPUB books, as kreuzberg reads them."""

from typing import Final

from supportbot.indexer.adapters.encodings import refuse_known_binary
from supportbot.indexer.adapters.readers.engine import extract, nodes_of, outlined
from supportbot.indexer.adapters.readers.names import sane_title
from supportbot.indexer.adapters.readers.packages import opened
from supportbot.indexer.adapters.readers.structure import leading_title
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.refusals import refusal
from supportbot.indexer.domain.titles import title_from_path

_RTF: Final = b"{\\rtf"


def read_odt(path: str, content: bytes) -> ParsedDocument:
    """A text of OpenDocument. Raises UnreadableDocumentError."""
    with opened(content, "odt", needs="content.xml"):
        return _read(path, content, "application/vnd.oasis.opendocument.text", "odt")


def read_epub(path: str, content: bytes) -> ParsedDocument:
    """A book. Raises UnreadableDocumentError."""
    with opened(content, "epub", needs="META-INF/container.xml"):
        return _read(path, content, "application/epub+zip", "epub")


def read_rtf(path: str, content: bytes) -> ParsedDocument:
    """An RTF file. Raises UnreadableDocumentError."""
    if not content.lstrip().startswith(_RTF):
        refuse_known_binary(content)
        raise refusal("not_that_kind", kind="rtf")
    return _read(path, content, "application/rtf", "rtf")


def _read(path: str, content: bytes, mime: str, kind: str) -> ParsedDocument:
    result = extract(content, mime, kind)
    named = sane_title(dict(result.metadata).get("title")) or leading_title(nodes_of(result))
    title = named or title_from_path(path)
    return ParsedDocument(title, outlined(result, title).finish())
